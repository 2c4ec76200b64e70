import type { Database, Sql } from '#shared/database/database';
import type { CallContext } from '#shared/rpc/context';
import type { Tariffs } from '../../calls.ts';
import { offeringNotFound } from '../../catalog/rpc/convert.ts';
import { findOffering } from '../../catalog/store/offerings.ts';
import { type Attempt, type Fare, isSameTrip, newAttempt } from '../domain/payment.ts';
import type { Ride, Trip } from '../domain/ride.ts';
import { ridePaymentUncertain, rideStateForbids } from '../rpc/faults.ts';
import { insertAttempt, latestAttempt } from '../store/attempts.ts';
import { lockRide } from '../store/readRides.ts';
import { quoteFare } from './fare.ts';

export interface BeginParts {
  database: Database;
  tariffs: Tariffs;
  clock: () => Date;
}

/**
 * The attempt that is to be sent to billing, written down before anything is: an open one with the same numbers again, whose fare
 * stands, or a new one at rating's price. Undefined where the trip costs nothing; `free` says then in which currency.
 */
export async function beginAttempt(
  { database, tariffs, clock }: BeginParts,
  ride: Ride,
  trip: Trip,
  context: CallContext,
): Promise<{ attempt: Attempt } | { attempt: undefined; free: Fare }> {
  const known = await reopened(database, ride.id, trip);
  if (known) return { attempt: known };
  const price = await quoteRide(database, tariffs, ride, trip, context);
  if (price.fare.minor === 0n) return { attempt: undefined, free: price };
  const attempt = await database.transaction(async (tx) => {
    const now = await lockRide(tx, ride.id);
    if (now?.state !== 'IN_PROGRESS') throw rideStateForbids(now ?? ride, 'END');
    const meanwhile = await reopened(tx, ride.id, trip);
    if (meanwhile) return meanwhile;
    const last = await latestAttempt(tx, ride.id);
    const next = newAttempt(ride.id, (last?.number ?? 0) + 1, trip, price, clock());
    await insertAttempt(tx, next);
    return next;
  });
  return { attempt };
}

/** The attempt whose fate is not known yet, if there is one. It is about its own numbers: others have to wait. */
export async function reopened(sql: Sql, rideId: string, trip: Trip): Promise<Attempt | undefined> {
  const last = await latestAttempt(sql, rideId);
  if (last?.state !== 'OPEN') return undefined;
  if (!isSameTrip(last.trip, trip)) throw ridePaymentUncertain(last);
  return last;
}

/** By the offering's tariff of now: a wrong one can be put right, and the ride ended after all. */
async function quoteRide(
  sql: Sql,
  tariffs: Tariffs,
  { offeringId, boardTime, createTime }: Ride,
  trip: Trip,
  context: CallContext,
): Promise<Fare> {
  const offering = await findOffering(sql, offeringId);
  if (!offering) throw offeringNotFound(offeringId);
  return quoteFare(tariffs, offering.tariffId, trip, boardTime ?? createTime, context);
}
