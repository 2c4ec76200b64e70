import type { Sql } from '../database/database.ts';

/** Claims events for a consumer; answers those that nobody has handled yet. Part of the transaction that handles them. */
export async function claim(tx: Sql, consumer: string, eventIds: string[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ event_id: string }>(
    `insert into inbox (consumer, event_id, outcome) select $1, unnest($2::text[]), 'handled'
     on conflict do nothing returning event_id`,
    [consumer, eventIds],
  );
  return new Set(rows.map((row) => row.event_id));
}

export async function recordDropped(sql: Sql, consumer: string, eventId: string, reason: string): Promise<void> {
  await sql.query(
    `insert into inbox (consumer, event_id, outcome, reason) values ($1, $2, 'dropped', $3) on conflict do nothing`,
    [consumer, eventId, reason],
  );
}
