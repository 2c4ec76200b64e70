import type { RideSchema } from '#proto/ordering/v1/ride';
import type { EndRideRequest, EndRideRequestSchema } from '#proto/ordering/v1/ride_service';
import type { Transaction } from '#shared/database/database';
import { killPoint } from '#shared/process/killPoint';
import type { CallContext, LongCommand } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import type { Charges } from '../../calls.ts';
import { type Attempt, isSameTrip } from '../domain/payment.ts';
import type { Ride, Trip } from '../domain/ride.ts';
import { moveRide } from '../moveRide.ts';
import { type BeginParts, beginAttempt, reopened } from '../payment/begin.ts';
import { charge, isRefusal } from '../payment/charge.ts';
import { settleCaptured, settleFailed } from '../payment/settle.ts';
import { findAttempt } from '../store/attempts.ts';
import { findRide, lockRide } from '../store/readRides.ts';
import { rideToProto } from './convertRide.ts';
import { rideNotFound, ridePaymentUncertain, rideStateForbids } from './faults.ts';
import { requireDriver } from './requireDriver.ts';

export interface EndParts extends BeginParts {
  charges: Charges;
}

/**
 * Drop-off. The price is asked for, an attempt to pay it is written down, billing is asked to charge it, and only with the money there
 * the ride has ENDED. Dying in between, or no answer, leaves the attempt open: the same call finds its payment by the key, and so does
 * billing's event.
 */
export function endRide(parts: EndParts): LongCommand<typeof EndRideRequestSchema, typeof RideSchema> {
  const { database, clock } = parts;
  return {
    prepare: async (request, context) => {
      const trip = { distanceMeters: request.distanceMeters, durationSeconds: request.durationSeconds };
      const ride = await endable(parts, request, trip, context);
      // The event was faster than the repeat of a call, which the key says this is.
      if (ride.state === 'ENDED') return async () => ({ answer: rideToProto(ride) });
      const begun = await beginAttempt(parts, ride, trip, context);
      const { attempt } = begun;
      if (!attempt) {
        return async (tx) => {
          const held = await locked(tx, ride.id);
          // Somebody who was told another price has begun an attempt meanwhile: what comes of it decides.
          const meanwhile = await reopened(tx, ride.id, trip);
          if (meanwhile) throw ridePaymentUncertain(meanwhile);
          const end = { kind: 'END' as const, trip, fare: begun.free.fare, paymentId: '' };
          return { answer: rideToProto(await moveRide(tx, held, end, clock)) };
        };
      }
      killPoint('ride.before-charge');
      const paymentId = await pay(parts, ride, attempt, context);
      killPoint('ride.after-charge');
      return async (tx) => {
        const held = await locked(tx, ride.id);
        const now = (await findAttempt(tx, attempt.key)) ?? attempt;
        return { answer: rideToProto(await settleCaptured(tx, held, now, paymentId, clock)) };
      };
    },
    settle: async (answer) => ({ answer, settled: true }),
  };

  async function pay({ charges }: EndParts, ride: Ride, attempt: Attempt, context: CallContext): Promise<string> {
    try {
      return await charge(charges, ride, attempt, context);
    } catch (error) {
      if (isRefusal(error)) {
        await database.transaction(async (tx) => {
          await locked(tx, ride.id);
          await settleFailed(tx, (await findAttempt(tx, attempt.key)) ?? attempt, error.reason, clock);
        });
      }
      throw error;
    }
  }
}

/** The ride, if this caller may end it now; or as it ended by this very call, under its Idempotency-Key. */
async function endable(
  { database }: EndParts,
  { ride: id, etag }: EndRideRequest,
  trip: Trip,
  context: CallContext,
): Promise<Ride> {
  const ride = await findRide(database, id);
  if (!ride) throw rideNotFound(id);
  requireDriver(context.caller, ride);
  if (ride.state === 'ENDED' && context.idempotencyKey !== undefined && ride.trip && isSameTrip(ride.trip, trip)) {
    return ride;
  }
  checkEtag(etag || context.ifMatch, ride.revision);
  if (ride.state !== 'IN_PROGRESS') throw rideStateForbids(ride, 'END');
  return ride;
}

async function locked(tx: Transaction, id: string): Promise<Ride> {
  const ride = await lockRide(tx, id);
  if (!ride) throw rideNotFound(id);
  return ride;
}
