import type { FailureReason, PayingMethod, Payment } from '../domain/payment.ts';
import type { Refund } from '../domain/refund.ts';

export const paymentColumns = `payment.id, key, content_hash, payment.customer_id, payment_method_id, provider_method_id, currency, amount, tax,
  refunded, memo, state, state_reason, decline_code, account_id, provider_payment_id, payment.create_time, end_time, asked_time, looks`;

export interface PaymentRow {
  id: string;
  key: string;
  content_hash: Buffer;
  customer_id: string;
  payment_method_id: string | null;
  provider_method_id: string | null;
  currency: string;
  amount: bigint;
  tax: bigint;
  refunded: bigint;
  memo: string;
  state: Payment['state'];
  state_reason: string;
  decline_code: string;
  account_id: string | null;
  provider_payment_id: string;
  create_time: Date;
  end_time: Date | null;
  asked_time: Date;
  looks: number;
}

export function toPayment(row: PaymentRow): Payment {
  const head = {
    id: row.id,
    key: row.key,
    contentHash: row.content_hash,
    customerId: row.customer_id,
    amount: { currency: row.currency, minor: row.amount },
    tax: row.tax,
    memo: row.memo,
    createTime: row.create_time,
  };
  const { state, provider_payment_id: providerPaymentId } = row;
  const endTime = row.end_time ?? row.create_time;
  switch (state) {
    case 'PENDING':
      return { ...head, state, method: requiredMethod(row), askedTime: row.asked_time, looks: row.looks };
    case 'CAPTURED': {
      const accountId = row.account_id ?? '';
      return {
        ...head,
        state,
        method: requiredMethod(row),
        accountId,
        providerPaymentId,
        refunded: row.refunded,
        endTime,
      };
    }
    case 'FAILED': {
      const reason = row.state_reason as FailureReason;
      return {
        ...head,
        state,
        method: methodOf(row),
        reason,
        declineCode: row.decline_code,
        providerPaymentId,
        endTime,
      };
    }
    default:
      return state satisfies never;
  }
}

function methodOf({
  payment_method_id: id,
  provider_method_id: providerMethodId,
}: PaymentRow): PayingMethod | undefined {
  return id === null || providerMethodId === null ? undefined : { id, providerMethodId };
}

/** A check of the table sees to it that only a failed payment has none. */
function requiredMethod(row: PaymentRow): PayingMethod {
  const method = methodOf(row);
  if (!method) throw new Error(`payment ${row.id} is ${row.state} without a method`);
  return method;
}

export const refundColumns = `id, key, content_hash, payment_id, amount, memo, state, tax, refunded_after, refusal_code, create_time,
  end_time, looks`;

export interface RefundRow {
  id: string;
  key: string;
  content_hash: Buffer;
  payment_id: string;
  amount: bigint;
  memo: string;
  state: Refund['state'];
  tax: bigint | null;
  refunded_after: bigint | null;
  refusal_code: string;
  create_time: Date;
  end_time: Date | null;
  looks: number;
}

export function toRefund(row: RefundRow): Refund {
  const head = {
    id: row.id,
    key: row.key,
    contentHash: row.content_hash,
    paymentId: row.payment_id,
    minor: row.amount,
    memo: row.memo,
    createTime: row.create_time,
  };
  const { state } = row;
  const endTime = row.end_time ?? row.create_time;
  switch (state) {
    case 'PENDING':
      return { ...head, state, looks: row.looks };
    case 'DONE':
      return { ...head, state, tax: row.tax ?? 0n, refundedAfter: row.refunded_after ?? 0n, endTime };
    case 'FAILED':
      return { ...head, state, refusalCode: row.refusal_code, endTime };
    default:
      return state satisfies never;
  }
}
