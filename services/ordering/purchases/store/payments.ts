import type { Sql, Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';

/** Remembers which reservation of billing paid an order. */
export async function insertPayment(tx: Transaction, orderId: string, reservationId: string): Promise<void> {
  await prepared(tx, 'insert into payments (order_id, reservation_id) values ($1, $2)', [orderId, reservationId]);
}

/** The reservation that paid an order; empty for one that cost nothing. */
export async function paymentOf(sql: Sql, orderId: string): Promise<string> {
  const { rows } = await prepared<{ reservation_id: string }>(
    sql,
    'select reservation_id from payments where order_id = $1',
    [orderId],
  );
  return rows[0]?.reservation_id ?? '';
}
