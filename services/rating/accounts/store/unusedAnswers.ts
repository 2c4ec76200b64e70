import type { Transaction } from '#shared/database/database';

/** Records that an order was told of an unused account; false if it was told before. */
export async function recordUnused(tx: Transaction, orderId: string, lineId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    'insert into unused_answers (order_id, line_id) values ($1, $2) on conflict (order_id) do nothing',
    [orderId, lineId],
  );
  return rowCount === 1;
}
