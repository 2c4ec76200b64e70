import type { Sql } from '#shared/database/database';
import type { OwnBook } from '../domain/books.ts';
import type { SettlementHead } from './mapping.ts';
import { listProducts, listTotals } from './sums.ts';

/** Settlement's own book of a month whose head was just read. */
export async function loadOwnBook(sql: Sql, head: SettlementHead): Promise<OwnBook> {
  return {
    invoices: head.invoices,
    lines: head.lines,
    usageBytes: head.usageBytes,
    totals: await listTotals(sql, head),
    products: await listProducts(sql, head),
  };
}
