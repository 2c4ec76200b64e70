import type { Reason } from '#shared/errors/fault';
import type { Money } from '#shared/money/money';

/** What every payment has, whatever became of it. */
export interface PaymentHead {
  /** Also the key under which the provider knows it. */
  id: string;
  /** Names the command. */
  key: string;
  contentHash: Buffer;
  customerId: string;
  amount: Money;
  /** The tax in the amount, in minor units. */
  tax: bigint;
  memo: string;
  createTime: Date;
}

/** The provider has been asked, or is about to be. */
export interface PendingPayment extends PaymentHead {
  state: 'PENDING';
  method: PayingMethod;
  /** When somebody last wanted it done. */
  askedTime: Date;
  /** How often the worker has asked in vain what became of it. */
  looks: number;
}

export interface CapturedPayment extends PaymentHead {
  state: 'CAPTURED';
  method: PayingMethod;
  /** The account whose entries it is in. */
  accountId: string;
  providerPaymentId: string;
  /** What of it was given back, in minor units. */
  refunded: bigint;
  endTime: Date;
}

export interface FailedPayment extends PaymentHead {
  state: 'FAILED';
  /** Undefined where the customer has none. */
  method: PayingMethod | undefined;
  reason: FailureReason;
  /** What the provider calls it. */
  declineCode: string;
  providerPaymentId: string;
  endTime: Date;
}

export type Payment = PendingPayment | CapturedPayment | FailedPayment;

export type FailureReason = Extract<Reason, 'PAYMENT_DECLINED' | 'PAYMENT_METHOD_MISSING'>;

/** The method that pays, here and at the provider. */
export interface PayingMethod {
  id: string;
  providerMethodId: string;
}

/** What the provider says became of a payment, for good. */
export type PaymentOutcome =
  | { kind: 'captured'; providerPaymentId: string }
  | { kind: 'declined'; providerPaymentId: string; declineCode: string };
