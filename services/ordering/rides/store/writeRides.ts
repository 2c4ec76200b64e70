import type { Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Ride, RideTransition } from '../domain/ride.ts';

/** Writes a new ride with its first state. */
export async function insertRide(tx: Transaction, ride: Ride): Promise<void> {
  const { pickup, dropoff } = ride;
  await prepared(
    tx,
    `with made as (
       insert into rides (id, business, customer_id, offering_id, offering_name, pickup_latitude, pickup_longitude,
         pickup_address, dropoff_latitude, dropoff_longitude, dropoff_address, state, create_time, answer_time, revision)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     )
     insert into ride_transitions (ride_id, position, state, reason, time) values ($1, 1, $12, '', $13)`,
    [
      ride.id,
      ride.business,
      ride.customerId,
      ride.offeringId,
      ride.offeringName,
      pickup.latitude,
      pickup.longitude,
      pickup.address,
      dropoff.latitude,
      dropoff.longitude,
      dropoff.address,
      ride.state,
      ride.createTime,
      ride.answerTime,
      ride.revision,
    ],
  );
}

/** Writes the state that a ride, whose row the transaction holds, has just entered. */
export async function updateRide(tx: Transaction, ride: Ride): Promise<void> {
  const { driver, trip, fare } = ride;
  const { reason, time, driverId } = ride.history.at(-1) as RideTransition;
  await prepared(
    tx,
    `with moved as (
       update rides set state = $2, cancelled_by = $3, state_reason = $4, driver_id = $5, driver_name = $6, vehicle = $7,
         offer_expire_time = $8, arrival_time = $9, board_time = $10, decide_time = $11, distance_meters = $12,
         duration_seconds = $13, fare_currency = $14, fare_minor = $15, payment_id = $16, revision = $17
       where id = $1
     )
     insert into ride_transitions (ride_id, position, state, reason, time, driver_id) values ($1, $18, $2, $19, $20, $21)`,
    [
      ride.id,
      ride.state,
      ride.cancelledBy ?? null,
      ride.stateReason,
      driver?.id ?? null,
      driver?.name ?? '',
      driver?.vehicle ?? '',
      ride.offerExpireTime ?? null,
      ride.arrivalTime ?? null,
      ride.boardTime ?? null,
      ride.decideTime ?? null,
      trip?.distanceMeters ?? null,
      trip?.durationSeconds ?? null,
      fare?.currency ?? null,
      fare?.minor ?? null,
      ride.paymentId,
      ride.revision,
      ride.history.length,
      reason,
      time,
      driverId || null,
    ],
  );
}
