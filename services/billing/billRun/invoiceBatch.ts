import type { Transaction } from '#shared/database/database';
import { pendingOfAccounts } from '../store/adjustments.ts';
import { type BillRun, moveCursor } from '../store/billRuns.ts';
import { readTariffs } from '../store/copies.ts';
import { readParts } from '../store/payingAccounts.ts';
import { adjustDraft } from './adjustDraft.ts';
import type { BillRunOptions } from './billRunOptions.ts';
import { issueInvoices } from './issueInvoices.ts';
import type { PreparedBatch } from './prepareBatch.ts';

/** Invoices a batch: numbers, balances, events and the cursor commit together. */
export async function invoiceBatch(
  options: BillRunOptions,
  tx: Transaction,
  run: BillRun,
  prepared: PreparedBatch,
): Promise<void> {
  const { drafts, batch, lines } = prepared;
  const accounts = [...new Set(drafts.map(({ accountId }) => accountId))];
  // A customer with more lines than a batch holds: some are on invoices already.
  const parts = await readParts(tx, run.id, accounts);
  for (const draft of drafts) draft.part += parts.get(draft.accountId) ?? 0;
  const pending = await pendingOfAccounts(tx, run.business, accounts, options.batchLines);
  if (pending.length > 0) {
    const adjustments = Map.groupBy(pending, ({ accountId }) => accountId);
    const tariffs = await readTariffs(
      tx,
      pending.flatMap(({ lines: changes }) => changes.map(({ tariffId }) => tariffId)),
    );
    for (const draft of drafts) {
      // The first invoice of an account takes them, so that each is taken once.
      adjustDraft(draft, adjustments.get(draft.accountId) ?? [], tariffs);
      adjustments.delete(draft.accountId);
    }
  }
  await issueInvoices(options, tx, run, prepared);
  await moveCursor(tx, run.id, { batch, lines: lines - prepared.unknown.length });
}
