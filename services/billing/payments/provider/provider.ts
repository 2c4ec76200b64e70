import type { Money } from '#shared/money/money';
import type { PaymentOutcome } from '../domain/payment.ts';
import type { RefundOutcome } from '../domain/refund.ts';

/** What a provider is asked to charge. It hears of nobody and nothing but its own method. */
export interface ProviderCharge {
  /** The payment's id. The provider acts once a key, and gives its first answer again. */
  key: string;
  providerMethodId: string;
  amount: Money;
}

export interface ProviderRefund {
  /** The refund's id. */
  key: string;
  providerPaymentId: string;
  amount: Money;
}

/**
 * Whoever takes the customers' money. What it answers is final; where it gives no answer that is clear, the call fails with
 * PAYMENT_PROVIDER_UNAVAILABLE, or CIRCUIT_OPEN, and nothing is known.
 */
export interface PaymentProvider {
  /** Makes a method of a token. Throws PAYMENT_TOKEN_INVALID for one that it does not know. */
  registerMethod(token: string): Promise<{ providerMethodId: string; displayName: string }>;
  charge(charge: ProviderCharge): Promise<PaymentOutcome>;
  /** What became of a charge; undefined if the provider has never heard of it, which it still may. */
  findCharge(charge: ProviderCharge): Promise<PaymentOutcome | undefined>;
  /** Sees to it that nothing comes of a charge any more, also if it is on its way; or says what has come of it. */
  cancelCharge(charge: ProviderCharge): Promise<PaymentOutcome>;
  refund(refund: ProviderRefund): Promise<RefundOutcome>;
  findRefund(refund: ProviderRefund): Promise<RefundOutcome | undefined>;
}
