import type { Transaction } from '#shared/database/database';

/**
 * Takes the next so many numbers of a business and answers the first. The counter's row stays locked until the transaction
 * ends: one that fails gives its numbers back, so no number is ever missing.
 */
export async function takeInvoiceNumbers(tx: Transaction, business: string, count: number): Promise<bigint> {
  const { rows } = await tx.query<{ first: bigint }>(
    `insert into invoice_numbers (business, next) values ($1, 1 + $2::bigint)
     on conflict (business) do update set next = invoice_numbers.next + $2::bigint
     returning next - $2::bigint as first`,
    [business, count],
  );
  const [row] = rows;
  if (!row) throw new Error('unreachable: an upsert returns its row');
  return row.first;
}
