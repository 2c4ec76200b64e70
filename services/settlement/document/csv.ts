import { stringify } from 'csv-stringify/sync';
import type { Sql } from '#shared/database/database';
import { amountText } from '#shared/money/money';
import { type CustomerSums, isAdjusted, type ProductSums, type Totals } from '../domain/books.ts';
import type { Difference } from '../domain/reconcile.ts';
import { figureText } from '../rpc/convert.ts';
import type { SettlementHead } from '../store/mapping.ts';
import { listCustomers, listProducts, listTotals } from '../store/sums.ts';

const columns = [
  'row',
  'id',
  'currency',
  'invoices',
  'lines',
  'usage_bytes',
  'charges',
  'tax',
  'total',
  'figure',
  'source',
  'expected',
  'actual',
] as const;

type Row = Partial<Record<(typeof columns)[number], string>>;

const customersAtOnce = 1_000;

/**
 * Every sum of a settlement as CSV (RFC 4180): a row `settlement`, then rows `total`, `product`, `adjustment` (of a
 * product's charges those for earlier months), `difference` and `customer`. Made piece by piece, because the customers of a month may be more than memory holds.
 */
export async function* csvDocument(sql: Sql, head: SettlementHead): AsyncGenerator<string> {
  yield lines([Object.fromEntries(columns.map((name) => [name, name])), headRow(head)]);
  yield lines((await listTotals(sql, head)).map(totalRow));
  const products = await listProducts(sql, head);
  yield lines(products.map(productRow));
  yield lines(products.filter(isAdjusted).map(adjustmentRow));
  if (head.verdict.state === 'DIFFERENCE') yield lines(head.verdict.differences.map(differenceRow));
  for (let after: string[] | undefined; ; ) {
    const customers = await listCustomers(sql, head, { after, limit: customersAtOnce });
    yield lines(customers.map(customerRow));
    const last = customers.at(-1);
    if (last === undefined || customers.length < customersAtOnce) return;
    after = [last.customerId, last.currency];
  }
}

function lines(rows: Row[]): string {
  return stringify(
    rows.map((row) => columns.map((name) => row[name] ?? '')),
    { record_delimiter: '\r\n' },
  );
}

function headRow(head: SettlementHead): Row {
  return {
    row: 'settlement',
    id: `${head.business}-${head.period}`,
    invoices: String(head.invoices),
    lines: String(head.lines),
    usage_bytes: String(head.usageBytes),
    figure: 'state',
    actual: head.verdict.state,
  };
}

function totalRow({ currency, subtotal, tax, total }: Totals): Row {
  return {
    row: 'total',
    currency,
    charges: amountText({ currency, minor: subtotal }),
    tax: amountText({ currency, minor: tax }),
    total: amountText({ currency, minor: total }),
  };
}

function productRow({ offeringId, currency, lines, usageBytes, charges }: ProductSums): Row {
  return {
    row: 'product',
    id: offeringId,
    currency,
    lines: String(lines),
    usage_bytes: String(usageBytes),
    charges: amountText({ currency, minor: charges }),
  };
}

function adjustmentRow({ offeringId, currency, adjustmentCharges, adjustmentUsageBytes }: ProductSums): Row {
  return {
    row: 'adjustment',
    id: offeringId,
    currency,
    usage_bytes: String(adjustmentUsageBytes),
    charges: amountText({ currency, minor: adjustmentCharges }),
  };
}

function customerRow({ customerId, currency, invoices, lines, usageBytes, charges }: CustomerSums): Row {
  return {
    row: 'customer',
    id: customerId,
    currency,
    invoices: String(invoices),
    lines: String(lines),
    usage_bytes: String(usageBytes),
    charges: amountText({ currency, minor: charges }),
  };
}

function differenceRow({ figure, offeringId, source, currency, expected, actual }: Difference): Row {
  return {
    row: 'difference',
    id: offeringId,
    currency,
    figure,
    source,
    expected: figureText(currency, expected),
    actual: figureText(currency, actual),
  };
}
