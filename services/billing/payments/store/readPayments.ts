import type { Sql, Transaction } from '#shared/database/database';
import type { Payment } from '../domain/payment.ts';
import { type PaymentRow, paymentColumns, toPayment } from './mapping.ts';

const from = 'from payments as payment left join payment_methods as method on method.id = payment_method_id';

export async function readPayment(sql: Sql, id: string): Promise<Payment | undefined> {
  return one(sql, `select ${paymentColumns} ${from} where payment.id = $1`, id);
}

export async function readPaymentByKey(sql: Sql, key: string): Promise<Payment | undefined> {
  return one(sql, `select ${paymentColumns} ${from} where key = $1`, key);
}

/** Whoever ends a payment, or gives of it back, holds its row: the first lock of such a transaction, before the account's. */
export async function lockPayment(tx: Transaction, id: string): Promise<Payment | undefined> {
  return one(tx, `select ${paymentColumns} ${from} where payment.id = $1 for no key update of payment`, id);
}

async function one(sql: Sql, text: string, value: string): Promise<Payment | undefined> {
  const { rows } = await sql.query<PaymentRow>(text, [value]);
  return rows[0] && toPayment(rows[0]);
}

/** Payments, newest first. */
export async function listPayments(
  sql: Sql,
  filter: { customerId: string; state: Payment['state'] | undefined; before: string | undefined; limit: number },
): Promise<Payment[]> {
  const { rows } = await sql.query<PaymentRow>(
    `select ${paymentColumns} ${from}
     where ($1 = '' or payment.customer_id = $1) and ($2::text is null or state = $2) and ($3::text is null or payment.id < $3)
     order by payment.id desc limit $4`,
    [filter.customerId, filter.state ?? null, filter.before ?? null, filter.limit],
  );
  return rows.map(toPayment);
}
