import type { Invoice } from '../../domain/invoice.ts';
import type { NewEntry } from './ledger.ts';
import { invoiceLines } from './lines.ts';

/** What the ledger needs to know of an invoice. */
export type BilledInvoice = Pick<
  Invoice,
  'id' | 'business' | 'period' | 'accountId' | 'currency' | 'subtotal' | 'tax' | 'total' | 'issueTime'
>;

/** The entry of an invoice, under the invoice's own id; none where nothing is owed. */
export function invoiceEntry({ invoice }: { invoice: BilledInvoice }): NewEntry[] {
  const lines = invoiceLines(invoice);
  if (lines.length === 0) return [];
  const { id, issueTime, business, period } = invoice;
  return [{ id, time: issueTime, cause: 'INVOICE', causeId: id, memo: `${business} ${period}`, lines }];
}
