import { PaymentCapturedSchema, PaymentFailedSchema } from '#proto/billing/v1/events';
import type { Payment } from '#proto/billing/v1/payment';
import type { Transaction } from '#shared/database/database';
import { consumer, on } from '#shared/inbox/consumer';
import type { Attempt } from '../domain/payment.ts';
import type { Ride } from '../domain/ride.ts';
import { settleCaptured, settleFailed } from '../payment/settle.ts';
import { findAttempt } from '../store/attempts.ts';
import { lockRide } from '../store/readRides.ts';

/** What came of payments, for rides whose driver got no answer and has not asked again. Payments for other things pass by. */
export function paymentAnswers(clock: () => Date) {
  return consumer({
    source: 'billing',
    aggregates: ['payment'],
    handlers: [
      on(PaymentCapturedSchema, async ({ payment }, tx) => {
        const paid = await attemptOf(tx, payment);
        if (paid && payment) await settleCaptured(tx, paid.ride, paid.attempt, payment.id, clock);
      }),
      on(PaymentFailedSchema, async ({ payment }, tx) => {
        const paid = await attemptOf(tx, payment);
        if (paid && payment) await settleFailed(tx, paid.attempt, payment.stateReason, clock);
      }),
    ],
  });
}

/** The attempt that a payment is about, and its ride, which the transaction holds from here on. */
async function attemptOf(
  tx: Transaction,
  payment: Payment | undefined,
): Promise<{ ride: Ride; attempt: Attempt } | undefined> {
  const named = payment && (await findAttempt(tx, payment.key));
  const ride = named && (await lockRide(tx, named.rideId));
  if (!ride) return undefined;
  // Read again: whoever held the ride may have ended the attempt.
  const attempt = await findAttempt(tx, named.key);
  return attempt && { ride, attempt };
}
