import type { AcceptRideRequest, DeclineRideRequest } from '#proto/ordering/v1/ride_service';
import type { Transaction } from '#shared/database/database';
import { isOnlyDriver } from '#shared/rpc/access';
import type { CallContext } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import type { Caller } from '#shared/rpc/identity';
import type { RideCommand } from '../domain/lifecycle.ts';
import type { Ride } from '../domain/ride.ts';
import { tryMove } from '../moveRide.ts';
import { wasAsked } from '../store/offers.ts';
import { lockRide } from '../store/readRides.ts';
import { rideToProto } from './convertRide.ts';
import { rideNotFound, rideNotOffered, rideStateForbids } from './faults.ts';

type Answer = Extract<RideCommand, { kind: 'ACCEPT' | 'DECLINE' }>;

/** The driver takes the ride. */
export function acceptRide(clock: () => Date) {
  return (request: AcceptRideRequest, tx: Transaction, context: CallContext) =>
    answer(request, tx, context, clock, () => ({
      kind: 'ACCEPT',
      arrivalTime: new Date(clock().getTime() + request.etaMinutes * 60_000),
    }));
}

/** The driver does not take the ride. */
export function declineRide(clock: () => Date) {
  return (request: DeclineRideRequest, tx: Transaction, context: CallContext) =>
    answer(request, tx, context, clock, () => ({ kind: 'DECLINE' }));
}

async function answer(
  { ride: id, driverId, etag }: { ride: string; driverId: string; etag: string },
  tx: Transaction,
  context: CallContext,
  clock: () => Date,
  commandOf: () => Answer,
) {
  const ride = await lockRide(tx, id);
  if (!ride || !(await mayKnow(tx, ride, driverId, context.caller))) throw rideNotFound(id);
  checkEtag(etag || context.ifMatch, ride.revision);
  const command = commandOf();
  await requireOffered(tx, ride, driverId, command.kind);
  const after = await tryMove(tx, ride, command, clock);
  // It is OFFERED, so only the time can be against it.
  if (!after) throw rideNotOffered(id);
  return rideToProto(after);
}

/** To a driver who was never asked, the ride does not exist, here as everywhere. */
async function mayKnow(tx: Transaction, { id, driver }: Ride, driverId: string, caller: Caller): Promise<boolean> {
  return !isOnlyDriver(caller) || driver?.id === driverId || (await wasAsked(tx, id, driverId));
}

/**
 * Who was asked, and comes too late because of what became of the ride, reads what that is. Everybody else reads only that the ride
 * is not theirs to answer.
 */
async function requireOffered(tx: Transaction, ride: Ride, driverId: string, kind: Answer['kind']): Promise<void> {
  const isTheirs = driverId === '' || ride.driver?.id === driverId;
  if (ride.state === 'OFFERED' && isTheirs) return;
  const cancelled = ride.state === 'CANCELLED' && (await wasAsked(tx, ride.id, driverId));
  throw isTheirs || cancelled ? rideStateForbids(ride, kind) : rideNotOffered(ride.id);
}
