import type { GetRideRequest } from '#proto/ordering/v1/ride_service';
import type { Sql } from '#shared/database/database';
import type { CallContext } from '#shared/rpc/context';
import { requireParty } from '#shared/rpc/ownership';
import { findRide } from '../store/readRides.ts';
import { rideToProto } from './convertRide.ts';
import { rideNotFound } from './faults.ts';

export function getRide(sql: Sql) {
  return async ({ ride: id }: GetRideRequest, { caller }: CallContext) => {
    const ride = await findRide(sql, id);
    if (!ride) throw rideNotFound(id);
    requireParty(caller, { customerId: ride.customerId, driverId: ride.driver?.id ?? '' }, rideNotFound(id));
    return rideToProto(ride);
  };
}
