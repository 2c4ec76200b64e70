import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  CustomerBannedSchema,
  CustomerUnbannedSchema,
  PenaltyImposedSchema,
  PenaltyReleasedSchema,
} from '#proto/ordering/v1/events';
import { httpSmsSender } from './delivery/sms.ts';
import { Bench } from './testing.ts';
import { TestSmsProvider } from './testSmsProvider.ts';

let bench: Bench;
let provider: TestSmsProvider;
beforeAll(async () => {
  bench = await Bench.open();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  await bench.clear();
  provider = await TestSmsProvider.start();
  return () => provider[Symbol.asyncDispose]();
});

const points = (amount: string) => ({ currency: 'PTS', amount });
const penalty = { id: 'p1', customerId: 'kim', place: '정문 앞', points: points('500'), taken: points('300') };
const ban = { id: 'b1', customerId: 'kim', standingPoints: points('1000'), threshold: points('1000') };
const offeringName = '쉼터';

test('SMOKE-6 penalties, bans and their ends are told by text message, each once', async () => {
  await bench.customer('kim', { phone: '010-1' });
  for (const _time of [1, 2]) {
    await bench.handle('e1', PenaltyImposedSchema, { penalty, offeringName });
    await bench.handle('e2', CustomerBannedSchema, { ban, offeringName });
    await bench.handle('e3', PenaltyReleasedSchema, { penalty, offeringName });
    await bench.handle('e4', CustomerUnbannedSchema, { ban, offeringName });
  }
  const neverCalled = async () => {
    throw new Error('a text message went to the mail server');
  };
  const senders = { SMS: httpSmsSender({ url: provider.url, timeLimitMs: 2_000 }), EMAIL: neverCalled };
  await bench.deliverDue('SMS', { senders });
  expect(provider.requests.map(({ to, text }) => [to, text])).toEqual([
    ['010-1', '[Jangbu] 쉼터: a penalty of 500 PTS (정문 앞) was imposed. 300 PTS were taken from your account.'],
    [
      '010-1',
      '[Jangbu] 쉼터: you are banned, because your penalties of 1,000 PTS have reached the limit of 1,000 PTS.',
    ],
    ['010-1', '[Jangbu] 쉼터: a penalty of 500 PTS (정문 앞) was released. You get back 300 PTS.'],
    ['010-1', '[Jangbu] 쉼터: you are no longer banned.'],
  ]);
  expect((await bench.messages()).map(({ event_id, template }) => [event_id, template])).toEqual([
    ['e1', 'penalty-imposed'],
    ['e2', 'customer-banned'],
    ['e3', 'penalty-released'],
    ['e4', 'customer-unbanned'],
  ]);
});

test('SMOKE-6 a penalty or a ban without its customer is malformed', async () => {
  const malformed = { reason: 'EVENT_MALFORMED' };
  await expect(bench.handle('e1', PenaltyImposedSchema, { offeringName })).rejects.toMatchObject(malformed);
  await expect(bench.handle('e2', CustomerBannedSchema, { ban: { id: 'b' } })).rejects.toMatchObject(malformed);
});
