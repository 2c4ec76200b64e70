import type { BoardRideRequest } from '#proto/ordering/v1/ride_service';
import type { Transaction } from '#shared/database/database';
import type { CallContext } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import { moveRide } from '../moveRide.ts';
import { lockRide } from '../store/readRides.ts';
import { rideToProto } from './convertRide.ts';
import { rideNotFound } from './faults.ts';
import { requireDriver } from './requireDriver.ts';

/** The rider is on board. */
export function boardRide(clock: () => Date) {
  return async ({ ride: id, etag }: BoardRideRequest, tx: Transaction, context: CallContext) => {
    const ride = await lockRide(tx, id);
    if (!ride) throw rideNotFound(id);
    requireDriver(context.caller, ride);
    checkEtag(etag || context.ifMatch, ride.revision);
    return rideToProto(await moveRide(tx, ride, { kind: 'BOARD' }, clock));
  };
}
