import type { Transaction } from '#shared/database/database';
import type { Attempt } from '../domain/payment.ts';
import type { Ride } from '../domain/ride.ts';
import { moveRide } from '../moveRide.ts';
import { endAttempt } from '../store/attempts.ts';

/**
 * The money of an attempt is there: the ride, whose row the transaction holds, has ENDED. Said again, it changes nothing, whoever
 * says it first: the call that charged or the event.
 */
export async function settleCaptured(
  tx: Transaction,
  ride: Ride,
  attempt: Attempt,
  paymentId: string,
  clock: () => Date,
): Promise<Ride> {
  if (attempt.state === 'CAPTURED') return ride;
  if (attempt.state === 'FAILED') {
    // Billing has said that nothing would come of it. The event that says otherwise is parked, for somebody to look at.
    throw new Error(`payment ${paymentId} of ride ${ride.id} was captured after it had failed`);
  }
  const { trip, fare } = attempt;
  await endAttempt(tx, attempt, { state: 'CAPTURED', paymentId }, clock());
  return moveRide(tx, ride, { kind: 'END', trip, fare, paymentId }, clock);
}

/** Nothing came of an attempt, for good: the next one may begin. The transaction holds the ride's row. */
export async function settleFailed(
  tx: Transaction,
  attempt: Attempt,
  reason: string,
  clock: () => Date,
): Promise<void> {
  if (attempt.state === 'OPEN') await endAttempt(tx, attempt, { state: 'FAILED', reason }, clock());
}
