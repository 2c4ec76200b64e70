import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { BanSchema, PenaltySchema } from '#proto/ordering/v1/penalty';
import { VisitSchema, VisitState } from '#proto/ordering/v1/visit';
import { bannedText, penaltyImposedText, penaltyReleasedText, unbannedText } from './penaltyText.ts';
import { visitText } from './visitText.ts';

const points = (amount: string) => ({ currency: 'PTS', amount });

test.each([
  [VisitState.CHECKED_IN, {}, 'Checked in to 3번 구역 (쉼터)'],
  [VisitState.CHECKED_OUT, {}, 'Checked out of 3번 구역 (쉼터)'],
  [
    VisitState.CHECKED_OUT,
    { stateReason: 'CURRENCY_MISMATCH' },
    'Visit to 3번 구역 (쉼터) earned nothing: no account is in the currency of the price',
  ],
  [VisitState.EARNED, { points: points('10') }, 'Visit to 3번 구역 (쉼터) earned 10 PTS'],
  [VisitState.EARNED, { points: points('0') }, 'Visit to 3번 구역 (쉼터) earned nothing'],
  [99 as VisitState, {}, 'Visit to 3번 구역 (쉼터) changed'],
] as const)('SMOKE-6 a visit in state %s in words %j', (state, more, text) => {
  expect(visitText(create(VisitSchema, { area: '3번 구역', state, ...more }), '쉼터')).toBe(text);
});

test('SMOKE-6 penalties, releases and bans in words', () => {
  const penalty = { offeringId: 'area', place: '정문 앞', points: points('1500'), taken: points('300') };
  const imposed = (more: object, name = '쉼터') =>
    penaltyImposedText(create(PenaltySchema, { ...penalty, ...more }), name);
  expect(imposed({})).toBe('Penalty of 1,500 PTS at 정문 앞 (쉼터); 300 PTS lost');
  expect(imposed({ taken: points('0'), place: '' })).toBe('Penalty of 1,500 PTS (쉼터); nothing lost');
  expect(imposed({ taken: undefined }, '')).toBe('Penalty of 1,500 PTS at 정문 앞 (area); nothing lost');
  expect(penaltyReleasedText(create(PenaltySchema, penalty), '쉼터')).toBe(
    'Penalty of 1,500 PTS at 정문 앞 (쉼터) was released',
  );
  const ban = create(BanSchema, { offeringId: 'area', standingPoints: points('3000'), threshold: points('2000') });
  expect(bannedText(ban, '쉼터')).toBe('Banned from 쉼터: penalties of 3,000 PTS have reached the limit of 2,000 PTS');
  expect(unbannedText(ban, '')).toBe('No longer banned from area');
});
