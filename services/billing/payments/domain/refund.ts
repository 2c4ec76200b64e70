import { Fault } from '#shared/errors/fault';
import { amountText, type Money } from '#shared/money/money';
import type { CapturedPayment, Payment } from './payment.ts';

interface RefundHead {
  /** Also the key under which the provider knows it. */
  id: string;
  key: string;
  contentHash: Buffer;
  paymentId: string;
  /** In minor units of the payment's currency. */
  minor: bigint;
  memo: string;
  createTime: Date;
}

export interface PendingRefund extends RefundHead {
  state: 'PENDING';
  looks: number;
}

export interface DoneRefund extends RefundHead {
  state: 'DONE';
  tax: bigint;
  /** What was given back of the payment, with this one. */
  refundedAfter: bigint;
  endTime: Date;
}

export interface FailedRefund extends RefundHead {
  state: 'FAILED';
  refusalCode: string;
  endTime: Date;
}

export type Refund = PendingRefund | DoneRefund | FailedRefund;

/** What the provider says became of a refund, for good. */
export type RefundOutcome = { kind: 'refunded'; providerRefundId: string } | { kind: 'refused'; code: string };

/**
 * How much a refund gives back: what is asked for, or all that is left; refunds under way count as given back. Throws
 * PAYMENT_STATE_FORBIDS where the payment is not captured or has less left.
 */
export function refundable(payment: Payment, underWay: bigint, asked: Money | undefined): bigint {
  if (payment.state !== 'CAPTURED') {
    throw new Fault('PAYMENT_STATE_FORBIDS', {
      message: `payment ${payment.id} is ${payment.state}`,
      metadata: { state: payment.state },
    });
  }
  const { currency } = payment.amount;
  if (asked && asked.currency !== currency) {
    throw new Fault('CURRENCY_MISMATCH', {
      message: `the payment is in ${currency}, not in ${asked.currency}`,
      metadata: { currency },
    });
  }
  const left = payment.amount.minor - payment.refunded - underWay;
  const minor = asked?.minor ?? left;
  if (minor > 0n && minor <= left) return minor;
  const text = amountText({ currency, minor: left });
  throw new Fault('PAYMENT_STATE_FORBIDS', {
    message: `${text} ${currency} of payment ${payment.id} is left to be refunded`,
    metadata: { state: payment.state, left: text },
  });
}

/**
 * The tax in the next refund of a payment: in proportion to all that is given back then, rounded down, less what was given back
 * before. So the whole refund has exactly the tax of the payment and no part of it more.
 */
export function taxOfRefund({ amount, tax, refunded }: CapturedPayment, minor: bigint): bigint {
  const upTo = (part: bigint) => (tax * part) / amount.minor;
  return upTo(refunded + minor) - upTo(refunded);
}
