import type { Sql } from '#shared/database/database';
import { amountText } from '#shared/money/money';
import type { Logger } from '#shared/telemetry/log';
import { meter } from '#shared/telemetry/metrics';
import { type Worker, worker } from '#shared/worker/worker';
import { type LedgerDifference, readLedgerDifference } from '../store/ledgerDifference.ts';

const everyMs = 10_000;
/** The look reads the whole journal: it waits so many times as long as it took, however long the journal grows. */
const restFactor = 100;

/**
 * Looks now and then whether the ledger agrees with itself, and shows the outcome of the last look as `jangbu.ledger.difference`: 0, for as long as
 * nobody writes past the database's own rules. A scrape costs nothing. Only the process whose turn it is to look shows anything: what another has
 * found before it may be over.
 */
export function ledgerDifferenceWorker(sql: Sql, log: Logger, rest = restFactor): Worker {
  let last: LedgerDifference[] = [];
  let turn: AbortSignal | undefined;
  let next = 0;
  const gauge = meter().createObservableGauge('jangbu.ledger.difference', {
    description: 'By how much the books disagree, in whole units of the currency',
  });
  gauge.addCallback((result) => {
    if (turn?.aborted) return;
    for (const { currency, minor } of last) result.observe(Number(amountText({ currency, minor })), { currency });
  });
  return worker({
    name: 'ledger-difference',
    everyMs,
    run: async (signal) => {
      turn = signal;
      const began = performance.now();
      if (began < next) return 'idle';
      try {
        last = await readLedgerDifference(sql);
      } catch (error) {
        // The turn ends with this failure, and another process may have the next.
        last = [];
        throw error;
      }
      next = performance.now() + (performance.now() - began) * rest;
      const wrong = last.filter(({ minor }) => minor !== 0n);
      if (wrong.length > 0) log.error({ differences: wrong.map(textOf) }, 'the ledger does not agree with itself');
      return 'idle';
    },
  });
}

function textOf({ currency, minor }: LedgerDifference): string {
  return `${currency} ${amountText({ currency, minor })}`;
}
