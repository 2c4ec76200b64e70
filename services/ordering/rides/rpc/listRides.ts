import type { ListRidesRequest } from '#proto/ordering/v1/ride_service';
import type { Sql } from '#shared/database/database';
import { cutPage } from '#shared/rpc/page';
import { pageBy } from '../../keyset.ts';
import { listRideRows } from '../store/readRides.ts';
import { rideStateFromProto, rideToProto } from './convertRide.ts';

/** The contract's customer_field and driver_field fill in the caller's own id before this runs. */
export function listRides(sql: Sql) {
  return async (request: ListRidesRequest) => {
    const { limit, after } = pageBy(1, request);
    const { customerId, driverId, business } = request;
    const state = rideStateFromProto(request.state);
    const filter = { customerId, driverId, business, state, before: after?.[0], limit: limit + 1 };
    const { rows, nextPageToken } = cutPage(await listRideRows(sql, filter), limit, ({ id }) => [id]);
    return { rides: rows.map(rideToProto), nextPageToken };
  };
}
