import type { Transaction } from '#shared/database/database';
import { newId } from '#shared/ids';
import { invoiceEntry } from '../ledger/domain/invoiceEntry.ts';
import { post } from '../ledger/store/journal.ts';
import { chargeAdjustments } from '../store/adjustments.ts';
import type { BillRun } from '../store/billRuns.ts';
import { insertInvoices, type NewInvoice } from '../store/insertInvoices.ts';
import { takeInvoiceNumbers } from '../store/invoiceNumbers.ts';
import type { AccountDraft } from './accountDraft.ts';
import type { BillRunOptions } from './billRunOptions.ts';
import { countIssued } from './issued.ts';
import type { PreparedBatch } from './prepareBatch.ts';

/**
 * Issues invoices with a fixed number of statements. Numbers and balances are part of the transaction; that they are issued is told behind it
 * (announceInvoices.ts).
 */
export async function issueInvoices(
  options: BillRunOptions,
  tx: Transaction,
  run: BillRun,
  { drafts, payers, out, batch }: Pick<PreparedBatch, 'drafts' | 'payers' | 'out' | 'batch'>,
): Promise<void> {
  if (drafts.length === 0) return;
  const first = await takeInvoiceNumbers(tx, run.business, drafts.length);
  const issueTime = options.clock.now();
  const issued = drafts.map((draft, index): NewInvoice => {
    const { subtotal, customerId, email, address } = draft;
    const tax = draft.tax();
    const payer = payers.get(customerId);
    return {
      ...{ id: newId(), business: run.business, period: run.period, number: first + BigInt(index), issueTime },
      ...{ draft, batch, customerId, accountId: draft.accountId, currency: draft.currency },
      ...{ subtotal, tax, total: subtotal + tax },
      customerName: payer?.displayName ?? '',
      // A line's own address goes before the customer's.
      email: email || (payer?.email ?? ''),
      address: address || (payer?.address ?? ''),
    };
  });
  await insertInvoices(tx, run.id, issued, out.written());
  await chargeAdjustments(tx, issued.flatMap(adjustmentsOn));
  await post(
    tx,
    issued.flatMap((invoice) => invoiceEntry({ invoice }, newId)),
  );
  countIssued(tx, run.business, issued);
}

function adjustmentsOn({ id, draft }: { id: string; draft: AccountDraft }) {
  return draft.adjustments.map((adjustmentId) => ({ adjustmentId, invoiceId: id }));
}
