import type { Sql } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Location } from '../domain/place.ts';
import type { Decided } from '../domain/scarcity.ts';

/** The latest requests of an offering, from around a place, of which it is clear whether somebody drove; newest first. */
export async function latestDecided(
  sql: Sql,
  about: { offeringId: string; place: Location; meters: number; since: Date; most: number },
): Promise<Decided[]> {
  const { offeringId, place, meters, since, most } = about;
  const { rows } = await prepared<Decided>(
    sql,
    `select cancelled_by is distinct from 'SYSTEM' as driven, decide_time as time from rides
     where offering_id = $1 and decide_time is not null and decide_time >= $2
       and pickup_position <-> point_on_earth($3, $4) <= straight_through($5)
     order by decide_time desc limit $6`,
    [offeringId, since, place.latitude, place.longitude, meters, most],
  );
  return rows;
}
