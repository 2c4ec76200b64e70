import type { Invoice } from '../../domain/invoice.ts';
import type { NewEntry } from './ledger.ts';
import { invoiceLines } from './lines.ts';

/** The entry of an invoice, under the invoice's own id; none where nothing is owed. */
export function invoiceEntry({ invoice }: { invoice: Invoice }): NewEntry[] {
  const lines = invoiceLines(invoice);
  if (lines.length === 0) return [];
  const { id, issueTime, business, period } = invoice;
  return [{ id, time: issueTime, cause: 'INVOICE', causeId: id, memo: `${business} ${period}`, lines }];
}
