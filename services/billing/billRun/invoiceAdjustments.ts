import type { Transaction } from '#shared/database/database';
import { WireWriter } from '#shared/wire/wireWriter';
import { pendingBefore } from '../store/adjustments.ts';
import type { BillRun } from '../store/billRuns.ts';
import { readPayers, readTariffs } from '../store/copies.ts';
import { readPayingAccounts } from '../store/payingAccounts.ts';
import { AccountDraft } from './accountDraft.ts';
import { adjustDraft } from './adjustDraft.ts';
import type { BillRunOptions } from './billRunOptions.ts';
import { issueInvoices } from './issueInvoices.ts';

/**
 * Behind all lines of a run: invoices the adjustments that are not on any invoice yet, because their account has no line in this month or
 * had more of them than one invoice holds. Those made since the run began wait for the next one.
 */
export async function invoiceAdjustments(
  options: BillRunOptions,
  tx: Transaction,
  run: BillRun,
): Promise<'more' | 'done'> {
  const pending = await pendingBefore(tx, run.business, run.createTime, options.batchLines);
  if (pending.length === 0) return 'done';
  const byAccount = Map.groupBy(pending, ({ accountId }) => accountId);
  const accounts = await readPayingAccounts(tx, run.id, run.business, [...byAccount.keys()]);
  const tariffs = await readTariffs(
    tx,
    pending.flatMap(({ lines }) => lines.map(({ tariffId }) => tariffId)),
  );
  const drafts = [...byAccount].map(([accountId, adjustments]) => {
    const account = accounts.get(accountId);
    if (!account) throw new Error(`account ${accountId} of an adjustment is not there`);
    const { invoices, currency, customerId, email, address: street } = account;
    const draft = Object.assign(new AccountDraft(accountId), { currency, customerId, email, address: street });
    draft.part = invoices + 1;
    adjustDraft(draft, adjustments, tariffs);
    return draft;
  });
  const payers = await readPayers(
    tx,
    drafts.map(({ customerId }) => customerId),
  );
  await issueInvoices(options, tx, run, { drafts, payers, out: new WireWriter(0), batch: 0 });
  return 'more';
}
