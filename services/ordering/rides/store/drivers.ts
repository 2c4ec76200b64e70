import type { Sql, Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Driver, DriverState } from '../domain/driver.ts';

interface DriverRow {
  id: string;
  display_name: string;
  vehicle: string;
  phone: string;
  state: DriverState;
  latitude: number | null;
  longitude: number | null;
  ride_id: string | null;
  create_time: Date;
  revision: bigint;
}

const columns = 'id, display_name, vehicle, phone, state, latitude, longitude, ride_id, create_time, revision';

/** False where the id is taken. */
export async function insertDriver(tx: Transaction, driver: Driver): Promise<boolean> {
  const { id, displayName, vehicle, phone, state, createTime, revision } = driver;
  const { rowCount } = await tx.query(
    `insert into drivers (id, display_name, vehicle, phone, state, state_time, create_time, revision)
     values ($1, $2, $3, $4, $5, $6, $6, $7) on conflict (id) do nothing`,
    [id, displayName, vehicle, phone, state, createTime, revision],
  );
  return rowCount === 1;
}

export async function findDriver(sql: Sql, id: string): Promise<Driver | undefined> {
  const { rows } = await prepared<DriverRow>(sql, `select ${columns} from drivers where id = $1`, [id]);
  return rows[0] && toDriver(rows[0]);
}

/** The driver, locked until the transaction ends. Whoever locks a ride and a driver locks the ride first. */
export async function lockDriver(tx: Transaction, id: string): Promise<Driver | undefined> {
  const { rows } = await prepared<DriverRow>(tx, `select ${columns} from drivers where id = $1 for update`, [id]);
  return rows[0] && toDriver(rows[0]);
}

/** Writes where a driver, whose row the transaction holds, is, and whether at work. */
export async function updateDriver(tx: Transaction, driver: Driver, now: Date): Promise<void> {
  const { id, state, location, revision } = driver;
  await prepared(
    tx,
    `update drivers set state = $2, latitude = $3, longitude = $4, revision = $5,
       state_time = case when state = $2 then state_time else $6 end
     where id = $1`,
    [id, state, location?.latitude ?? null, location?.longitude ?? null, revision, now],
  );
}

/** Writes what a ride, whose row the transaction holds, has made of its driver. */
export async function updateDriverState(
  tx: Transaction,
  { id, state, rideId }: { id: string; state: DriverState; rideId: string },
  now: Date,
): Promise<void> {
  const busy = state === 'OFFERED' || state === 'ENGAGED';
  await prepared(
    tx,
    'update drivers set state = $2, ride_id = $3, state_time = $4, revision = revision + 1 where id = $1',
    [id, state, busy ? rideId : null, now],
  );
}

export interface DriverFilter {
  state: DriverState | undefined;
  after: { createTime: Date; id: string } | undefined;
  limit: number;
}

/** Drivers, oldest first. */
export async function listDriverRows(sql: Sql, { state, after, limit }: DriverFilter): Promise<Driver[]> {
  const { rows } = await sql.query<DriverRow>(
    `select ${columns} from drivers
     where ($1::text is null or state = $1) and ($2::timestamptz is null or (create_time, id) > ($2, $3))
     order by create_time, id limit $4`,
    [state ?? null, after?.createTime ?? null, after?.id ?? null, limit],
  );
  return rows.map(toDriver);
}

function toDriver(row: DriverRow): Driver {
  const { latitude, longitude } = row;
  return {
    id: row.id,
    displayName: row.display_name,
    vehicle: row.vehicle,
    phone: row.phone,
    state: row.state,
    location: latitude === null || longitude === null ? undefined : { latitude, longitude },
    rideId: row.ride_id ?? '',
    createTime: row.create_time,
    revision: row.revision,
  };
}
