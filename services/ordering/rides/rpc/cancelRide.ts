import type { CancelRideRequest } from '#proto/ordering/v1/ride_service';
import type { Transaction } from '#shared/database/database';
import type { CallContext } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import { requireOwner } from '#shared/rpc/ownership';
import { moveRide } from '../moveRide.ts';
import { lockRide } from '../store/readRides.ts';
import { rideToProto } from './convertRide.ts';
import { rideNotFound } from './faults.ts';

/** The customer, or an operator for the customer, calls it off; its driver is free again in the same transaction. */
export function cancelRide(clock: () => Date) {
  return async ({ ride: id, etag }: CancelRideRequest, tx: Transaction, context: CallContext) => {
    const ride = await lockRide(tx, id);
    if (!ride) throw rideNotFound(id);
    requireOwner(context.caller, ride.customerId, rideNotFound(id));
    checkEtag(etag || context.ifMatch, ride.revision);
    return rideToProto(await moveRide(tx, ride, { kind: 'CANCEL' }, clock));
  };
}
