import type { Sql, Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Ride, RideState } from '../domain/ride.ts';
import { type RideRow, type RideTransitionRow, rideColumns, toRide } from './mapping.ts';

export async function findRide(sql: Sql, id: string): Promise<Ride | undefined> {
  const { rows } = await prepared<RideRow>(sql, `select ${rideColumns} from rides where id = $1`, [id]);
  return (await withHistory(sql, rows))[0];
}

/** The ride, locked until the transaction ends. Whoever locks a ride and a driver locks the ride first. */
export async function lockRide(tx: Transaction, id: string): Promise<Ride | undefined> {
  const { rows } = await prepared<RideRow>(tx, `select ${rideColumns} from rides where id = $1 for update`, [id]);
  return (await withHistory(tx, rows))[0];
}

/** The same, but undefined at once where somebody else holds it: what they do with it decides. */
export async function lockRideUnlessHeld(tx: Transaction, id: string): Promise<Ride | undefined> {
  const { rows } = await prepared<RideRow>(
    tx,
    `select ${rideColumns} from rides where id = $1 for update skip locked`,
    [id],
  );
  return (await withHistory(tx, rows))[0];
}

/** Empty texts and an undefined state let every ride through. */
export interface RideFilter {
  customerId: string;
  driverId: string;
  business: string;
  state: RideState | undefined;
  before: string | undefined;
  limit: number;
}

/** Rides, newest first, with their histories. */
export async function listRideRows(sql: Sql, filter: RideFilter): Promise<Ride[]> {
  const { customerId, driverId, business, state, before, limit } = filter;
  const { rows } = await sql.query<RideRow>(
    `select ${rideColumns} from rides
     where ($1 = '' or customer_id = $1) and ($2 = '' or driver_id = $2) and ($3 = '' or business = $3)
       and ($4::text is null or state = $4) and ($5::text is null or id < $5)
     order by id desc limit $6`,
    [customerId, driverId, business, state ?? null, before ?? null, limit],
  );
  return withHistory(sql, rows);
}

async function withHistory(sql: Sql, rows: RideRow[]): Promise<Ride[]> {
  if (rows.length === 0) return [];
  const { rows: transitions } = await prepared<RideTransitionRow>(
    sql,
    `select ride_id, state, reason, time, driver_id from ride_transitions where ride_id = any($1)
     order by ride_id, position`,
    [rows.map(({ id }) => id)],
  );
  const byRide = Map.groupBy(transitions, ({ ride_id }) => ride_id);
  // A history read a moment after its ride may be some steps ahead; the ride's own revision says how far it goes.
  return rows.map((row) => toRide(row, (byRide.get(row.id) ?? []).slice(0, Number(row.revision))));
}
