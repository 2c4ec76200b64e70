import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { chargeAndRefund } from './testing/chargeUntilKilled.ts';
import { providerKey, Till } from './testing/till.ts';

const program = fileURLToPath(new URL('./testing/chargeUntilKilled.ts', import.meta.url));

const points = ['payments.begun', 'payments.answered', 'outbox.before-commit', 'payments.committed'].flatMap((name) => [
  `${name}@1`,
  `${name}@2`,
]);
const refundPoints = ['refunds.begun@1', 'refunds.answered@1', 'refunds.answered@2', 'refunds.committed@1'];

/** A process that charges and gives back is killed there. */
async function killedAt(point: string): Promise<Till> {
  const till = await Till.open();
  await till.newCustomer('rider', 'tok_visa');
  const child = spawn(process.execPath, [program], {
    env: {
      ...process.env,
      CHARGE_DATABASE_URL: till.books.url,
      CHARGE_PROVIDER_URL: till.providerUrl,
      CHARGE_PROVIDER_KEY: providerKey,
      JANGBU_KILL_AT: point,
    },
    stdio: 'inherit',
  });
  expect((await once(child, 'exit'))[1]).toBe('SIGKILL');
  return till;
}

describe('billing, killed at any step of a payment', () => {
  it.each([...points, ...refundPoints])('TAXI-4 %s: repeated, everything has happened once', async (point) => {
    await using till = await killedAt(point);
    await chargeAndRefund(till.books.url, till.providerUrl, providerKey);
    expect(await till.atProvider()).toHaveLength(2);
    expect(await till.sums()).toEqual({ CASH: 1_600n, RECEIVABLE: 0n, REVENUE: -1_454n, TAX: -146n });
    expect((await till.events()).map(({ name }) => name)).toEqual([
      ...['PaymentCaptured', 'PaymentRefunded', 'PaymentCaptured', 'PaymentRefunded'],
    ]);
    await till.expectSound();
  });

  it.each(['payments.answered@1', 'outbox.before-commit@1', 'refunds.answered@1'])(
    'TAXI-4 %s: found out without anybody asking again',
    async (point) => {
      await using till = await killedAt(point);
      till.books.now = new Date(Date.now() + 60_000);
      await till.process().followUp();
      const { rows } = await till.books.database.query(
        'select state from payments union all select state from refunds order by 1',
      );
      expect(rows.map(({ state }) => state)).toEqual(point.startsWith('refunds') ? ['CAPTURED', 'DONE'] : ['CAPTURED']);
      await till.expectSound();
    },
  );
});
