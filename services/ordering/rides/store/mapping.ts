import type { Ride, RideCanceller, RideState, RideTransition } from '../domain/ride.ts';

/** A row of `rides`, as pg reads it. */
export interface RideRow {
  id: string;
  business: string;
  customer_id: string;
  offering_id: string;
  offering_name: string;
  pickup_latitude: number;
  pickup_longitude: number;
  pickup_address: string;
  dropoff_latitude: number;
  dropoff_longitude: number;
  dropoff_address: string;
  state: RideState;
  cancelled_by: RideCanceller | null;
  state_reason: string;
  driver_id: string | null;
  driver_name: string;
  vehicle: string;
  create_time: Date;
  answer_time: Date;
  offer_expire_time: Date | null;
  arrival_time: Date | null;
  board_time: Date | null;
  decide_time: Date | null;
  distance_meters: bigint | null;
  duration_seconds: bigint | null;
  fare_currency: string | null;
  fare_minor: bigint | null;
  payment_id: string;
  revision: bigint;
}

export interface RideTransitionRow {
  ride_id: string;
  state: RideState;
  reason: string;
  time: Date;
  driver_id: string | null;
}

export const rideColumns = `id, business, customer_id, offering_id, offering_name, pickup_latitude, pickup_longitude, pickup_address,
  dropoff_latitude, dropoff_longitude, dropoff_address, state, cancelled_by, state_reason, driver_id, driver_name, vehicle,
  create_time, answer_time, offer_expire_time, arrival_time, board_time, decide_time, distance_meters, duration_seconds,
  fare_currency, fare_minor, payment_id, revision`;

export function toRide(row: RideRow, transitions: RideTransitionRow[]): Ride {
  const { distance_meters: distanceMeters, duration_seconds: durationSeconds } = row;
  const { fare_currency: currency, fare_minor: minor } = row;
  return {
    id: row.id,
    business: row.business,
    customerId: row.customer_id,
    offeringId: row.offering_id,
    offeringName: row.offering_name,
    pickup: { latitude: row.pickup_latitude, longitude: row.pickup_longitude, address: row.pickup_address },
    dropoff: { latitude: row.dropoff_latitude, longitude: row.dropoff_longitude, address: row.dropoff_address },
    state: row.state,
    cancelledBy: row.cancelled_by ?? undefined,
    stateReason: row.state_reason,
    driver: row.driver_id === null ? undefined : { id: row.driver_id, name: row.driver_name, vehicle: row.vehicle },
    createTime: row.create_time,
    answerTime: row.answer_time,
    offerExpireTime: row.offer_expire_time ?? undefined,
    arrivalTime: row.arrival_time ?? undefined,
    boardTime: row.board_time ?? undefined,
    decideTime: row.decide_time ?? undefined,
    trip: distanceMeters === null || durationSeconds === null ? undefined : { distanceMeters, durationSeconds },
    fare: currency === null || minor === null ? undefined : { currency, minor },
    paymentId: row.payment_id,
    history: transitions.map(
      ({ state, reason, time, driver_id }): RideTransition => ({ state, reason, time, driverId: driver_id ?? '' }),
    ),
    revision: row.revision,
  };
}
