import type { Database } from '#shared/database/database';
import type { CallContext } from '#shared/rpc/context';
import type { Comparison } from '../worker/comparison.ts';
import { reconcile } from '../worker/reconcile.ts';
import { trialBalanceAt } from './trialBalance.ts';

/** How long before its deadline a call stops to wait for what is under way, so that it still answers. */
const answerMs = 3_000;

/** Compares all of the journal with billing's ledger, and answers with the trial balance of now. */
export function reconcileJournal(database: Database, comparison: Comparison) {
  const { lagMs, books } = comparison;
  return async (_request: unknown, { deadline, signal }: CallContext) => {
    const patience = Date.now() + lagMs;
    const until = deadline ? Math.min(patience, deadline.getTime() - answerMs) : patience;
    await reconcile(comparison, { signal, until: new Date(until) });
    return trialBalanceAt(database, books.now());
  };
}
