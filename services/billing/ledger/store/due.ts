import type { Sql } from '#shared/database/database';

/** Something whose time is over. */
export interface Due {
  kind: 'reservation' | 'credit';
  id: string;
  accountId: string;
}

/** Held reservations and credits not spent whose time is over, the longest overdue first. */
export async function readDue(sql: Sql, now: Date, limit: number): Promise<Due[]> {
  const { rows } = await sql.query<Due>(
    `(select 'reservation' as kind, id, account_id as "accountId" from reservations
      where state = 'HELD' and expire_time <= $1 order by expire_time limit $2)
     union all
     (select 'credit', id, account_id from credits
      where remaining > 0 and expire_time <= $1 order by expire_time limit $2)`,
    [now, limit],
  );
  return rows;
}

/** When the next reservation or credit ends; undefined if none does. */
export async function readNextEnd(sql: Sql): Promise<Date | undefined> {
  const { rows } = await sql.query<{ next: Date | null }>(
    `select least((select min(expire_time) from reservations where state = 'HELD'),
       (select min(expire_time) from credits where remaining > 0)) as next`,
  );
  return rows[0]?.next ?? undefined;
}
