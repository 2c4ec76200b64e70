import type { Breaker } from '#shared/breaker/breakers';
import type { PaymentProvider } from './provider.ts';

/**
 * A provider behind a circuit breaker: after failures in a row its calls fail with CIRCUIT_OPEN at once. Every charge that fails is
 * looked for, so that a provider which still answers questions must not pass for one that takes money.
 */
export function guarded(provider: PaymentProvider, breaker: Breaker): PaymentProvider {
  return {
    registerMethod: (token) => breaker.execute(() => provider.registerMethod(token)),
    charge: (charge) => breaker.execute(() => provider.charge(charge)),
    findCharge: (charge) => breaker.execute(() => provider.findCharge(charge), { isQuestion: true }),
    cancelCharge: (charge) => breaker.execute(() => provider.cancelCharge(charge)),
    refund: (refund) => breaker.execute(() => provider.refund(refund)),
    findRefund: (refund) => breaker.execute(() => provider.findRefund(refund), { isQuestion: true }),
  };
}
