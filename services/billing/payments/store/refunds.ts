import type { Sql, Transaction } from '#shared/database/database';
import type { DoneRefund, FailedRefund, PendingRefund, Refund } from '../domain/refund.ts';
import { type RefundRow, refundColumns, toRefund } from './mapping.ts';

export async function readRefund(sql: Sql, id: string): Promise<Refund | undefined> {
  const { rows } = await sql.query<RefundRow>(`select ${refundColumns} from refunds where id = $1`, [id]);
  return rows[0] && toRefund(rows[0]);
}

export async function readRefundByKey(sql: Sql, key: string): Promise<Refund | undefined> {
  const { rows } = await sql.query<RefundRow>(`select ${refundColumns} from refunds where key = $1`, [key]);
  return rows[0] && toRefund(rows[0]);
}

/** The sum of a payment's refunds whose end is not known yet. */
export async function readUnderWay(tx: Transaction, paymentId: string): Promise<bigint> {
  const { rows } = await tx.query<{ sum: bigint }>(
    "select coalesce(sum(amount), 0)::bigint as sum from refunds where payment_id = $1 and state = 'PENDING'",
    [paymentId],
  );
  return rows[0]?.sum ?? 0n;
}

/** Says whether it is new; another one of its key stays. */
export async function insertRefund(tx: Transaction, refund: PendingRefund, lookTime: Date): Promise<boolean> {
  const { id, key, contentHash, paymentId, minor, memo, state, createTime } = refund;
  const { rowCount } = await tx.query(
    `insert into refunds (id, key, content_hash, payment_id, amount, memo, state, create_time, look_time)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (key) do nothing`,
    [id, key, contentHash, paymentId, minor, memo, state, createTime, lookTime],
  );
  return rowCount === 1;
}

export async function saveDone(tx: Transaction, refund: DoneRefund, providerRefundId: string): Promise<void> {
  await tx.query(
    `update refunds set state = 'DONE', tax = $2, refunded_after = $3, provider_refund_id = $4, end_time = $5, look_time = null
     where id = $1`,
    [refund.id, refund.tax, refund.refundedAfter, providerRefundId, refund.endTime],
  );
}

export async function saveRefused(tx: Transaction, { id, refusalCode, endTime }: FailedRefund): Promise<void> {
  await tx.query(
    "update refunds set state = 'FAILED', refusal_code = $2, end_time = $3, look_time = null where id = $1",
    [...[id, refusalCode, endTime]],
  );
}
