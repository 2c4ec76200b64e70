import { type Worker, worker } from '#shared/worker/worker';
import { alone, type Comparison, compareNew } from './comparison.ts';

/** Compares the journal with billing's ledger, again and again. With billing out of reach it fails, and tries again later. */
export function journalComparisonWorker(comparison: Comparison, everyMs: number): Worker {
  return worker({
    name: 'journal-comparison',
    everyMs,
    run: async (signal) => {
      // A reconciliation on demand compares all of it anyway.
      await alone(comparison.books, 'journal-comparison', false, () => compareNew(comparison, signal));
      return 'idle';
    },
  });
}
