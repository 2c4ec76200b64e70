import type { Sql, Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { OfferOutcome } from '../domain/lifecycle.ts';

/** Writes how the offer of a ride, whose row the transaction holds, stands with a driver. */
export async function writeOffer(
  tx: Transaction,
  rideId: string,
  { driverId, outcome }: { driverId: string; outcome: OfferOutcome },
  now: Date,
): Promise<void> {
  // Not an upsert: a driver who was asked already is not asked again, and the primary key says so.
  if (outcome === 'OPEN') {
    await prepared(
      tx,
      `insert into ride_offers (ride_id, driver_id, outcome, offer_time) values ($1, $2, 'OPEN', $3)`,
      [rideId, driverId, now],
    );
  } else {
    await prepared(
      tx,
      `update ride_offers set outcome = $3, end_time = $4 where ride_id = $1 and driver_id = $2 and outcome = 'OPEN'`,
      [rideId, driverId, outcome, now],
    );
  }
}

/** Whether a driver was ever asked for a ride. */
export async function wasAsked(sql: Sql, rideId: string, driverId: string): Promise<boolean> {
  const { rowCount } = await prepared(sql, 'select from ride_offers where ride_id = $1 and driver_id = $2', [
    rideId,
    driverId,
  ]);
  return rowCount > 0;
}
