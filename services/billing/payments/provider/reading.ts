import type { Money } from '#shared/money/money';
import type { PaymentOutcome } from '../domain/payment.ts';
import type { RefundOutcome } from '../domain/refund.ts';
import { unavailable } from './unavailable.ts';

type Body = Record<string, unknown>;

/** What the provider says of a payment, if it is the payment that was meant. */
export function paymentIn(body: Body, amount: Money): PaymentOutcome {
  const providerPaymentId = nameIn(body, 'id');
  requireAmount(body, amount);
  if (body.status === 'captured') return { kind: 'captured', providerPaymentId };
  if (body.status === 'declined' || body.status === 'canceled') {
    return { kind: 'declined', providerPaymentId, declineCode: nameIn(body, 'decline_code') };
  }
  throw unavailable('the payment provider has not decided yet');
}

export function refundIn(body: Body, amount: Money): RefundOutcome {
  const providerRefundId = nameIn(body, 'id');
  requireAmount(body, amount);
  if (body.status === 'refunded') return { kind: 'refunded', providerRefundId };
  throw unavailable('the payment provider has not decided yet');
}

export function methodIn(body: Body): { providerMethodId: string; displayName: string } {
  const { description } = body;
  // Shown to people, and somebody else's words: one short line of it.
  const displayName = typeof description === 'string' ? description.replace(/\p{C}/gu, '').slice(0, 100) : '';
  return { providerMethodId: nameIn(body, 'id'), displayName };
}

/** The provider's code of a refusal that stays. */
export function refusalIn(body: Body): string {
  return nameIn(body, 'error');
}

/** An id or code: what is anything else is no answer. */
function nameIn(body: Body, field: string): string {
  const value = body[field];
  if (typeof value === 'string' && /^[\w.:-]{1,200}$/.test(value)) return value;
  throw unavailable(`the payment provider's answer has no ${field}`);
}

/** An answer about another amount is about something else, and nothing is booked by it. */
function requireAmount(body: Body, { currency, minor }: Money): void {
  if (String(body.amount) === String(minor) && body.currency === currency) return;
  throw unavailable("the payment provider's answer is about another amount");
}
