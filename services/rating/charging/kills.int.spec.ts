import { expect, test } from 'vitest';
import { ChargingSessionState } from '#proto/rating/v1/charging_session';
import { Child } from '#test/conformance/child';
import { Balances } from '#test/harness/balances';
import { killPoints } from '#test/harness/killPoints';
import { callAll } from './testing/callers.ts';
import { Counter } from './testing/counter.ts';

const program = new URL('./testing/callers.child.ts', import.meta.url).href;
const passes = (point: string, times: number[]) => times.map((time) => `${point}@${time}`);

// Each session has a start, two updates and a stop; one of the updates uses more than was granted: some seven calls and twelve local steps.
const places = killPoints([
  ...passes('saga.before-call', [1, 8, 16]),
  ...passes('saga.after-call', [1, 3, 8, 14, 20]),
  ...passes('saga.after-commit', [1, 7, 13, 19]),
  ...passes('saga.in-local-step', [6, 18, 30]),
]);

test.each(places)('killed at %s and gone on with: every session is charged once', async (JANGBU_KILL_AT) => {
  await using balances = await Balances.open();
  await using counter = await Counter.open(balances.address);
  const account = await balances.account('customer', 1_000);
  await counter.tariff('data', [
    { name: 'data', metric: 'bytes', model: { case: 'perUnit', value: { unitPrice: '1' } } },
  ]);
  {
    await using killed = new Child(program, {
      DATABASE_URL: counter.database.url,
      BILLING: balances.address,
      JANGBU_KILL_AT,
    });
    await killed.untilKilled();
  }
  await counter.settleAll();
  await callAll(counter);

  for (const [index, session] of ['one', 'two', 'three'].entries()) {
    const charged = { currency: 'KRW', amount: String(100 + index) };
    expect(await counter.get(session)).toMatchObject({ state: ChargingSessionState.STOPPED, charged });
  }
  expect(await balances.standing(account)).toEqual({ balance: 1_000 - 303, reserved: 0 });
  await balances.books.expectSound();
});
