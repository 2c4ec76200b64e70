import type { Invoice } from '../../domain/invoice.ts';
import type { NewEntry } from './ledger.ts';
import { invoiceLines } from './lines.ts';

/** What the ledger needs to know of an invoice. */
export type BilledInvoice = Pick<
  Invoice,
  'id' | 'business' | 'period' | 'accountId' | 'currency' | 'subtotal' | 'tax' | 'total' | 'issueTime'
>;

/**
 * The entry of an invoice, under the invoice's own id; none where nothing is owed.
 *
 * A credit at one tax rate may make up for a charge at another to the last unit. Nothing is owed then, yet revenue and tax have moved. Every entry moves
 * an account, so there are two: what was earned is owed, and what tax differs by, under an id of its own, settles that.
 */
export function invoiceEntry({ invoice }: { invoice: BilledInvoice }, newId: () => string): NewEntry[] {
  const { id, issueTime, business, period, subtotal, tax } = invoice;
  const entry = { id, time: issueTime, cause: 'INVOICE' as const, causeId: id, memo: `${business} ${period}` };
  if (invoice.total === 0n && subtotal !== 0n) {
    const earned = { ...invoice, tax: 0n, total: subtotal };
    const taxed = { ...invoice, subtotal: 0n, total: tax };
    return [
      { ...entry, lines: invoiceLines(earned) },
      { ...entry, id: newId(), causeId: `${id} tax`, lines: invoiceLines(taxed) },
    ];
  }
  const lines = invoiceLines(invoice);
  return lines.length === 0 ? [] : [{ ...entry, lines }];
}
