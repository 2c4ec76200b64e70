import type { Transaction } from '#shared/database/database';
import { countPaid } from '../orders/counted.ts';
import { moved, type RideCommand } from './domain/lifecycle.ts';
import type { Ride } from './domain/ride.ts';
import { emitRideState } from './events.ts';
import { rideStateForbids } from './rpc/faults.ts';
import { updateDriverState } from './store/drivers.ts';
import { writeOffer } from './store/offers.ts';
import { updateRide } from './store/writeRides.ts';
import { wakeDispatch } from './wake.ts';

/**
 * Moves a ride, whose row the transaction holds, and with it its driver and its offer, and tells everybody; undefined where its state
 * or the time forbids it. The time is read here, behind the lock, so that a ride's history is in the order of its transactions.
 */
export async function tryMove(
  tx: Transaction,
  before: Ride,
  command: RideCommand,
  clock: () => Date,
): Promise<Ride | undefined> {
  const now = clock();
  const move = moved(before, command, now);
  if (!move) return undefined;
  const { ride, driver, offer, releasedDriverId } = move;
  await updateRide(tx, ride);
  if (driver) await updateDriverState(tx, { ...driver, rideId: ride.id }, now);
  if (offer) await writeOffer(tx, ride.id, offer, now);
  await emitRideState(tx, ride, releasedDriverId);
  if (ride.state === 'ENDED' && ride.fare) countPaid(tx, ride.business, ride.fare);
  if (ride.state === 'REQUESTED' || driver?.state === 'FREE') await wakeDispatch(tx);
  return ride;
}

/** The same; RIDE_STATE_FORBIDS where it is not possible. */
export async function moveRide(tx: Transaction, before: Ride, command: RideCommand, clock: () => Date): Promise<Ride> {
  const after = await tryMove(tx, before, command, clock);
  if (!after) throw rideStateForbids(before, command.kind);
  return after;
}
