import { type Worker, worker } from '#shared/worker/worker';
import { billRunChannel, openBillRuns } from '../store/billRuns.ts';
import { announceInvoices } from './announceInvoices.ts';
import type { BillRunOptions } from './billRunOptions.ts';
import { Preparing } from './prepareBatch.ts';
import { stepBillRun } from './stepBillRun.ts';

/** For so long a run may wait for its next batch before what is issued is announced. */
const restMs = 500;

/**
 * Takes every open bill run one piece further at a time. A run that fails does not hold up the others. What is issued is announced while no run has
 * anything to write, so that the events, the documents and the mails behind them do not hold up a month's end.
 */
export function billRunWorker(options: BillRunOptions): Worker {
  const preparing = new Preparing(options);
  let progressed = Number.NEGATIVE_INFINITY;
  return worker({
    name: 'bill-run',
    everyMs: 1_000,
    channel: billRunChannel,
    run: async (signal) => {
      let outcome: 'more' | 'idle' = 'idle';
      const failures: unknown[] = [];
      for (const id of await openBillRuns(options.database)) {
        if (signal.aborted) break;
        try {
          if ((await stepBillRun(options, id, preparing)) === 'progressed') outcome = 'more';
        } catch (error) {
          options.log.error({ err: error, billRun: id }, 'bill run failed; trying again');
          failures.push(error);
        }
      }
      if (outcome === 'more') progressed = performance.now();
      else if (performance.now() - progressed > restMs) outcome = await announceInvoices(options.database);
      // With nothing else to do the failure is the outcome, so that it is tried again with back-off.
      if (outcome === 'idle' && failures.length > 0) throw failures[0];
      return outcome;
    },
  });
}
