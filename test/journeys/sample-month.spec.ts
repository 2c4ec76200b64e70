import { expect, test } from 'vitest';
import { sampleLines } from '../../deploy/local/sample/lives.ts';
import { lastFullMonth, runSampleMonth } from '../../deploy/local/sample/month.ts';
import { renderSummary } from '../../deploy/local/sample/summary.ts';
import { usageFile } from '../../deploy/local/sample/usageFile.ts';
import { theWorld } from './world.ts';

const records = 10_000;
const month = lastFullMonth(new Date());

test('the sample month ends as its generator says, also when it is interrupted and run again', {
  timeout: 120_000,
}, async () => {
  const world = theWorld();
  const run = (token: () => Promise<string>) => runSampleMonth({ gatewayUrl: world.gatewayUrl, token, month, records });
  const interruptedAt = (calls: number) => {
    let left = calls;
    return async () => {
      if (left-- === 0) throw new Error('interrupted');
      return world.token('operator');
    };
  };
  // In the middle of the customers, of the activations, and of whatever comes later.
  for (const calls of [12, 90, 400]) {
    const failing = run(interruptedAt(calls));
    await failing.catch((error: Error) => expect(error.message).toContain('interrupted'));
  }
  const summary = await run(() => world.token('operator'));

  const file = usageFile({ records, lines: sampleLines(month), month });
  for (const _ of file.chunks); // Runs the generator, so that its expectation is final.
  const { rated, duplicate, rejected, byReason, ratedBytes } = file.expected;
  expect(summary.records).toEqual({ read: records, rated, duplicate, rejected, late: 0, byReason, bytes: ratedBytes });
  expect(summary).toMatchObject({
    lines: 40,
    customers: 8,
    invoices: 8,
    settlement: { state: 'SETTLEMENT_STATE_SETTLED', differences: 0 },
    mails: { sent: 9, failed: 0 },
  });
  expect(BigInt(summary.total.amount)).toBe(BigInt(summary.charges.amount) + BigInt(summary.tax.amount));
  // Fifty-one orders in two states each.
  expect(summary.sms).toBe(102);
  expect(renderSummary(summary)).toContain('agrees to the last unit');

  // Once more: nothing is done twice.
  const again = await run(() => world.token('operator'));
  expect({ ...again, elapsedMs: 0 }).toEqual({ ...summary, elapsedMs: 0 });
});
