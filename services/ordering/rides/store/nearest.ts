import type { Sql, Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Location } from '../domain/place.ts';
import type { Ride, RideDriver } from '../domain/ride.ts';

/**
 * The nearest free driver within reach who was not asked for the ride yet, locked until the transaction ends; of several at one
 * place the one who has waited longest. A driver whom somebody else holds at the moment is passed over: if they stay free, whoever holds
 * them wakes the dispatch.
 */
export async function lockNearestDriver(tx: Transaction, ride: Ride, meters: number): Promise<RideDriver | undefined> {
  const { rows } = await prepared<RideDriver>(
    tx,
    `select id, display_name as name, vehicle from drivers
     where state = 'FREE'
       and position <@ cube_enlarge(point_on_earth($2, $3), straight_through($4), 3)
       and position <-> point_on_earth($2, $3) <= straight_through($4)
       and not exists (select from ride_offers asked where asked.ride_id = $1 and asked.driver_id = drivers.id)
     order by position <-> point_on_earth($2, $3), state_time limit 1
     for update skip locked`,
    [ride.id, ride.pickup.latitude, ride.pickup.longitude, meters],
  );
  return rows[0];
}

/** Requests that some driver could be asked for right now, oldest first. */
export async function matchableRides(sql: Sql, meters: number, now: Date, most: number): Promise<string[]> {
  const { rows } = await prepared<{ id: string }>(
    sql,
    `select id from rides
     where state = 'REQUESTED' and answer_time > $2 and exists (
       select from drivers
       where drivers.state = 'FREE'
         and position <@ cube_enlarge(pickup_position, straight_through($1), 3)
         and position <-> pickup_position <= straight_through($1)
         and not exists (select from ride_offers asked where asked.ride_id = rides.id and asked.driver_id = drivers.id))
     order by id limit $3`,
    [meters, now, most],
  );
  return rows.map(({ id }) => id);
}

/** Whether any driver is free within reach of a place. */
export async function isAnybodyFree(sql: Sql, { latitude, longitude }: Location, meters: number): Promise<boolean> {
  const { rowCount } = await prepared(
    sql,
    `select from drivers
     where state = 'FREE'
       and position <@ cube_enlarge(point_on_earth($1, $2), straight_through($3), 3)
       and position <-> point_on_earth($1, $2) <= straight_through($3)
     limit 1`,
    [latitude, longitude, meters],
  );
  return rowCount > 0;
}
