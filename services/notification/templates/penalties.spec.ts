import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { BanSchema, PenaltySchema } from '#proto/ordering/v1/penalty';
import { customerBanned, customerUnbanned } from './bans.ts';
import { penaltyImposed, penaltyReleased } from './penalties.ts';

const points = (amount: string) => ({ currency: 'PTS', amount });
const penalty = (more: object = {}) =>
  create(PenaltySchema, {
    offeringId: 'area',
    place: '정문 앞',
    points: points('1500'),
    taken: points('300'),
    ...more,
  });

test('SMOKE-6 a penalty says what it counts and what was taken, its release what comes back', () => {
  expect(penaltyImposed(penalty(), '쉼터')).toEqual({
    channel: 'SMS',
    template: 'penalty-imposed',
    subject: '',
    body: '[Jangbu] 쉼터: a penalty of 1,500 PTS (정문 앞) was imposed. 300 PTS were taken from your account.',
    attachments: [],
  });
  expect(penaltyImposed(penalty({ place: '', taken: points('0') }), '').body).toBe(
    '[Jangbu] area: a penalty of 1,500 PTS was imposed. Nothing was taken.',
  );
  expect(penaltyReleased(penalty(), '쉼터')).toMatchObject({
    template: 'penalty-released',
    body: '[Jangbu] 쉼터: a penalty of 1,500 PTS (정문 앞) was released. You get back 300 PTS.',
  });
  expect(penaltyReleased(penalty({ taken: undefined }), '쉼터').body).toMatch(/ was released\.$/);
});

test('SMOKE-5 a ban says which penalties have led to it', () => {
  const ban = create(BanSchema, { offeringId: 'area', standingPoints: points('3000'), threshold: points('2000') });
  expect(customerBanned(ban, '쉼터')).toMatchObject({
    channel: 'SMS',
    template: 'customer-banned',
    body: '[Jangbu] 쉼터: you are banned, because your penalties of 3,000 PTS have reached the limit of 2,000 PTS.',
  });
  expect(customerUnbanned(ban, '')).toMatchObject({
    template: 'customer-unbanned',
    body: '[Jangbu] area: you are no longer banned.',
  });
});
