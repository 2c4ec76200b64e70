import { Fault } from '#shared/errors/fault';
import type { Money } from '#shared/money/money';
import type { PaymentOutcome } from '../domain/payment.ts';
import type { RefundOutcome } from '../domain/refund.ts';
import { type Answer, callProvider, type HttpOptions } from './http.ts';
import type { PaymentProvider, ProviderCharge, ProviderRefund } from './provider.ts';
import { methodIn, paymentIn, refundIn, refusalIn } from './reading.ts';
import { unavailable } from './unavailable.ts';

/**
 * A provider with the usual HTTP API. Amounts are whole minor units as decimal strings; keys travel as Idempotency-Key. Tokens, methods
 * and answers are never logged.
 */
export function httpProvider(options: HttpOptions): PaymentProvider {
  const post = (path: string, body: Record<string, string>, idempotencyKey?: string) =>
    callProvider(options, 'POST', path, { body, ...(idempotencyKey && { idempotencyKey }) });
  const listed = async (path: string, key: string, field: string) => {
    const { status, body } = await callProvider(options, 'GET', `${path}?idempotency_key=${encodeURIComponent(key)}`);
    const found = status === 'ok' ? body[field] : undefined;
    if (!Array.isArray(found)) throw unavailable(`the payment provider's answer has no ${field}`);
    return found[0] as Record<string, unknown> | undefined;
  };

  return {
    registerMethod: async (token) => {
      const { status, body } = await post('/v1/paymentMethods', { token });
      if (status === 'ok') return methodIn(body);
      throw new Fault('PAYMENT_TOKEN_INVALID', {
        message: 'the payment provider does not know the token',
        violations: [{ field: 'token', description: 'is not known to the payment provider' }],
      });
    },
    charge: async (charge) => outcomeOf(await post('/v1/payments', chargeBody(charge), charge.key), charge),
    findCharge: async (charge) => {
      const found = await listed('/v1/payments', charge.key, 'payments');
      return found && paymentIn(found, charge.amount);
    },
    cancelCharge: async (charge) =>
      outcomeOf(await post('/v1/payments:cancel', chargeBody(charge), charge.key), charge),
    refund: async (refund) => refundOutcomeOf(await post('/v1/refunds', refundBody(refund), refund.key), refund),
    findRefund: async (refund) => {
      const found = await listed('/v1/refunds', refund.key, 'refunds');
      return found && refundIn(found, refund.amount);
    },
  };
}

function outcomeOf({ status, body }: Answer, { amount }: ProviderCharge): PaymentOutcome {
  switch (status) {
    case 'ok':
    case 'declined':
      return paymentIn(body, amount);
    case 'refused':
      // Never taken, so never charged: as final as a decline.
      return { kind: 'declined', providerPaymentId: '', declineCode: refusalIn(body) };
    default:
      return status satisfies never;
  }
}

function refundOutcomeOf({ status, body }: Answer, { amount }: ProviderRefund): RefundOutcome {
  return status === 'ok' ? refundIn(body, amount) : { kind: 'refused', code: refusalIn(body) };
}

function chargeBody({ key, providerMethodId, amount }: ProviderCharge): Record<string, string> {
  return { payment_method: providerMethodId, ...moneyBody(amount), description: `payment ${key}` };
}

function refundBody({ providerPaymentId, amount }: ProviderRefund): Record<string, string> {
  return { payment: providerPaymentId, ...moneyBody(amount) };
}

function moneyBody({ currency, minor }: Money): Record<string, string> {
  return { amount: String(minor), currency };
}
