import type { Sql, Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Attempt, AttemptState } from '../domain/payment.ts';

interface AttemptRow {
  ride_id: string;
  number: number;
  key: string;
  distance_meters: bigint;
  duration_seconds: bigint;
  currency: string;
  fare_minor: bigint;
  tax_minor: bigint;
  state: AttemptState;
  reason: string;
  payment_id: string;
  create_time: Date;
}

const columns = `ride_id, number, key, distance_meters, duration_seconds, currency, fare_minor, tax_minor, state, reason,
  payment_id, create_time`;

/** Writes a new attempt. The transaction holds the ride's row. */
export async function insertAttempt(tx: Transaction, attempt: Attempt): Promise<void> {
  const { rideId, number, key, trip, fare, tax, state, reason, paymentId, createTime } = attempt;
  await prepared(
    tx,
    `insert into ride_payments (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      rideId,
      number,
      key,
      trip.distanceMeters,
      trip.durationSeconds,
      fare.currency,
      fare.minor,
      tax.minor,
      state,
      reason,
      paymentId,
      createTime,
    ],
  );
}

/** Writes what came of an attempt. The transaction holds the ride's row. */
export async function endAttempt(
  tx: Transaction,
  { key }: Attempt,
  end: { state: 'CAPTURED'; paymentId: string } | { state: 'FAILED'; reason: string },
  now: Date,
): Promise<void> {
  const paymentId = end.state === 'CAPTURED' ? end.paymentId : '';
  const reason = end.state === 'FAILED' ? end.reason : '';
  await prepared(
    tx,
    'update ride_payments set state = $2, payment_id = $3, reason = $4, end_time = $5 where key = $1',
    [key, end.state, paymentId, reason, now],
  );
}

/** The latest attempt of a ride, the only one that may be open or captured. */
export async function latestAttempt(sql: Sql, rideId: string): Promise<Attempt | undefined> {
  const { rows } = await prepared<AttemptRow>(
    sql,
    `select ${columns} from ride_payments where ride_id = $1 order by number desc limit 1`,
    [rideId],
  );
  return rows[0] && toAttempt(rows[0]);
}

export async function findAttempt(sql: Sql, key: string): Promise<Attempt | undefined> {
  const { rows } = await prepared<AttemptRow>(sql, `select ${columns} from ride_payments where key = $1`, [key]);
  return rows[0] && toAttempt(rows[0]);
}

function toAttempt(row: AttemptRow): Attempt {
  const { currency } = row;
  return {
    rideId: row.ride_id,
    number: row.number,
    key: row.key,
    trip: { distanceMeters: row.distance_meters, durationSeconds: row.duration_seconds },
    fare: { currency, minor: row.fare_minor },
    tax: { currency, minor: row.tax_minor },
    state: row.state,
    reason: row.reason,
    paymentId: row.payment_id,
    createTime: row.create_time,
  };
}
