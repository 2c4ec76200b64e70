import type { Sql, Transaction } from '#shared/database/database';
import type { CapturedPayment, FailedPayment, PendingPayment } from '../domain/payment.ts';

/** Says whether it is new; another one of its key stays. */
export async function insertPayment(
  tx: Transaction,
  payment: PendingPayment | FailedPayment,
  lookTime: Date,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into payments (id, key, content_hash, customer_id, payment_method_id, currency, amount, tax, memo, state, state_reason,
       create_time, end_time, asked_time, look_time)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $12, $14) on conflict (key) do nothing`,
    [
      ...[payment.id, payment.key, payment.contentHash, payment.customerId, payment.method?.id ?? null],
      ...[payment.amount.currency, payment.amount.minor, payment.tax, payment.memo, payment.state],
      payment.state === 'FAILED' ? payment.reason : '',
      payment.createTime,
      payment.state === 'FAILED' ? payment.endTime : null,
      payment.state === 'PENDING' ? lookTime : null,
    ],
  );
  return rowCount === 1;
}

/** Somebody wants a payment that is under way: it is not given up for a while. */
export async function askAgain(sql: Sql, id: string, now: Date, lookTime: Date): Promise<void> {
  await sql.query(
    "update payments set asked_time = $2, look_time = $3, looks = 0 where id = $1 and state = 'PENDING'",
    [id, now, lookTime],
  );
}

export async function saveCaptured(tx: Transaction, payment: CapturedPayment): Promise<void> {
  await tx.query(
    `update payments set state = 'CAPTURED', account_id = $2, provider_payment_id = $3, end_time = $4, look_time = null where id = $1`,
    [payment.id, payment.accountId, payment.providerPaymentId, payment.endTime],
  );
}

export async function saveFailed(tx: Transaction, payment: FailedPayment): Promise<void> {
  await tx.query(
    `update payments set state = 'FAILED', state_reason = $2, decline_code = $3, provider_payment_id = $4, end_time = $5, look_time = null
     where id = $1`,
    [payment.id, payment.reason, payment.declineCode, payment.providerPaymentId, payment.endTime],
  );
}

export async function saveRefunded(tx: Transaction, { id, refunded }: CapturedPayment): Promise<void> {
  await tx.query('update payments set refunded = $2 where id = $1', [id, refunded]);
}
