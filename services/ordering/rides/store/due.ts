import type { Sql } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';

/** Rides that nobody has taken in time, the longest overdue first. */
export async function overdueRides(sql: Sql, now: Date, most: number): Promise<string[]> {
  const { rows } = await prepared<{ id: string }>(
    sql,
    `select id from rides where state in ('REQUESTED', 'OFFERED') and answer_time <= $1 order by answer_time limit $2`,
    [now, most],
  );
  return rows.map(({ id }) => id);
}

/** Rides whose driver has been silent for too long. */
export async function lapsedOffers(sql: Sql, now: Date, most: number): Promise<string[]> {
  const { rows } = await prepared<{ id: string }>(
    sql,
    `select id from rides where state = 'OFFERED' and offer_expire_time <= $1 order by offer_expire_time limit $2`,
    [now, most],
  );
  return rows.map(({ id }) => id);
}

/** When the next ride is overdue or the next offer runs out; undefined where nothing is open. */
export async function nextDue(sql: Sql): Promise<Date | undefined> {
  const { rows } = await prepared<{ due: Date | null }>(
    sql,
    `select least(
       (select min(answer_time) from rides where state in ('REQUESTED', 'OFFERED')),
       (select min(offer_expire_time) from rides where state = 'OFFERED')) as due`,
    [],
  );
  return rows[0]?.due ?? undefined;
}
