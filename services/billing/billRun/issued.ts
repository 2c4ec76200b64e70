import { whenCommitted } from '#shared/database/committed';
import type { Transaction } from '#shared/database/database';
import { amountText } from '#shared/money/money';
import { lateCounter } from '#shared/telemetry/counters';
import type { NewInvoice } from '../store/insertInvoices.ts';

const invoices = lateCounter('jangbu.invoices', { description: 'Invoices issued', unit: '{invoice}' });
const revenue = lateCounter('jangbu.revenue', {
  description:
    'What was charged, tax included, in whole units of the currency; for dashboards, the books are the truth',
});

/** Counts invoices and what is on them, once they are committed. All are of one business. */
export function countIssued(tx: Transaction, business: string, issued: readonly NewInvoice[]): void {
  whenCommitted(tx, () => {
    invoices.add(issued.length, { 'jangbu.business': business });
    for (const [currency, minor] of totals(issued)) {
      // A credit of a month that was rated again may be more than the rest; a counter cannot fall.
      if (minor > 0n) revenue.add(Number(amountText({ currency, minor })), { currency, 'jangbu.business': business });
    }
  });
}

function totals(issued: readonly NewInvoice[]): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { currency, total } of issued) sums.set(currency, (sums.get(currency) ?? 0n) + total);
  return sums;
}
