import type { Sql } from '#shared/database/database';
import type { Place } from './domain/place.ts';
import { scarceFor } from './domain/scarcity.ts';
import type { RideSettings } from './settings.ts';
import { latestDecided } from './store/decided.ts';
import { isAnybodyFree } from './store/nearest.ts';

/** Requests in a row that are further apart than this say nothing about now. */
const rowMs = 600_000;

/**
 * For how many milliseconds it is no use to request a ride from there; undefined where it is. That nobody is free at the moment is no
 * reason: somebody may be a moment later. It takes requests of the same offering, from around there, that have just waited in vain.
 */
export async function scarcityAround(
  sql: Sql,
  { offeringId, pickup }: { offeringId: string; pickup: Place },
  { scarcity, radiusMeters }: RideSettings,
  now: Date,
): Promise<number | undefined> {
  const since = new Date(now.getTime() - Math.max(rowMs, scarcity.windowMs));
  const about = { offeringId, place: pickup, meters: radiusMeters, since, most: scarcity.rides };
  const scarceMs = scarceFor(await latestDecided(sql, about), scarcity, now);
  if (scarceMs === undefined || (await isAnybodyFree(sql, pickup, radiusMeters))) return undefined;
  return scarceMs;
}
