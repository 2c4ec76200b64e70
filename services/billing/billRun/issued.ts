import { whenCommitted } from '#shared/database/committed';
import type { Transaction } from '#shared/database/database';
import { countCharged } from '#shared/money/revenue';
import { lateCounter } from '#shared/telemetry/counters';
import type { NewInvoice } from '../store/insertInvoices.ts';

const invoices = lateCounter('jangbu.invoices', { description: 'Invoices issued', unit: '{invoice}' });
/** Counts invoices and what is on them, once they are committed. All are of one business. What an invoice credits more than it charges is given back. */
export function countIssued(tx: Transaction, business: string, issued: readonly NewInvoice[]): void {
  whenCommitted(tx, () => {
    invoices.add(issued.length, { 'jangbu.business': business });
    for (const [currency, { charged, credited }] of sums(issued)) {
      countCharged(business, { currency, minor: charged });
      if (credited < 0n) countCharged(business, { currency, minor: credited });
    }
  });
}

function sums(issued: readonly NewInvoice[]): Map<string, { charged: bigint; credited: bigint }> {
  const byCurrency = new Map<string, { charged: bigint; credited: bigint }>();
  for (const { currency, total } of issued) {
    const sum = byCurrency.get(currency) ?? { charged: 0n, credited: 0n };
    if (total < 0n) sum.credited += total;
    else sum.charged += total;
    byCurrency.set(currency, sum);
  }
  return byCurrency;
}
