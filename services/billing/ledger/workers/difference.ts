import type { Sql } from '#shared/database/database';
import { amountText } from '#shared/money/money';
import type { Logger } from '#shared/telemetry/log';
import { meter } from '#shared/telemetry/metrics';
import { type Worker, worker } from '#shared/worker/worker';
import { type LedgerDifference, readLedgerDifference } from '../store/ledgerDifference.ts';

const everyMs = 10_000;
/** The look reads the whole journal: it may take one part in so many of the time, however long the journal grows. */
const partOfTime = 100;

/**
 * Looks now and then whether the ledger agrees with itself, and shows the outcome of the last look as `jangbu.ledger.difference`: 0, for as long as
 * nobody writes past the database's own rules. A scrape costs nothing.
 */
export function ledgerDifferenceWorker(sql: Sql, log: Logger): Worker {
  let last: LedgerDifference[] = [];
  let next = 0;
  const gauge = meter().createObservableGauge('jangbu.ledger.difference', {
    description: 'By how much the books disagree, in whole units of the currency',
  });
  gauge.addCallback((result) => {
    for (const { currency, minor } of last) result.observe(Number(amountText({ currency, minor })), { currency });
  });
  return worker({
    name: 'ledger-difference',
    everyMs,
    run: async () => {
      const began = performance.now();
      if (began < next) return 'idle';
      last = await readLedgerDifference(sql);
      next = performance.now() + (performance.now() - began) * partOfTime;
      const wrong = last.filter(({ minor }) => minor !== 0n);
      if (wrong.length > 0) log.error({ differences: wrong.map(textOf) }, 'the ledger does not agree with itself');
      return 'idle';
    },
  });
}

function textOf({ currency, minor }: LedgerDifference): string {
  return `${currency} ${amountText({ currency, minor })}`;
}
