import type { CreateRideRequest } from '#proto/ordering/v1/ride_service';
import type { Sql, Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import type { Offering } from '../../catalog/offering.ts';
import { offeringNotFound } from '../../catalog/rpc/convert.ts';
import { findOffering } from '../../catalog/store/offerings.ts';
import { customerNotFound } from '../../customers/rpc/convert.ts';
import { findCustomer } from '../../customers/store/customers.ts';
import { type RideWish, requested } from '../domain/ride.ts';
import { emitRideState } from '../events.ts';
import { scarcityAround } from '../scarcityAround.ts';
import type { RideSettings } from '../settings.ts';
import { insertRide } from '../store/writeRides.ts';
import { wakeDispatch } from '../wake.ts';
import { rideToProto } from './convertRide.ts';
import { noDriverAvailable } from './faults.ts';
import { placeFromProto } from './places.ts';

/** Requests a ride: one transaction here, and nobody else is asked for anything. */
export function createRide(settings: RideSettings, clock: () => Date) {
  return async (request: CreateRideRequest, tx: Transaction) => {
    const { customerId } = request;
    const pickup = placeFromProto(request.pickup, 'pickup');
    const dropoff = placeFromProto(request.dropoff, 'dropoff');
    if (!(await findCustomer(tx, customerId))) throw customerNotFound(customerId);
    const { id: offeringId, business, displayName: offeringName } = await rideOffering(tx, request.offeringId);
    const now = clock();
    const scarceMs = await scarcityAround(tx, { offeringId, pickup }, settings, now);
    if (scarceMs !== undefined) throw noDriverAvailable(scarceMs);
    const wish: RideWish = { id: newId(), business, customerId, offeringId, offeringName, pickup, dropoff };
    const ride = requested(wish, now, settings.dispatchLimitMs);
    await insertRide(tx, ride);
    await emitRideState(tx, ride);
    await wakeDispatch(tx);
    return rideToProto(ride);
  };
}

async function rideOffering(sql: Sql, id: string): Promise<Offering> {
  const offering = await findOffering(sql, id);
  if (!offering) throw offeringNotFound(id);
  if (offering.kind === 'RIDE') return offering;
  throw new Fault('OFFERING_KIND_MISMATCH', {
    message: `offering ${id} is of kind ${offering.kind}; a ride needs one of kind RIDE`,
    metadata: { offering_id: id, kind: offering.kind },
  });
}
