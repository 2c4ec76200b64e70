import type { Sql } from '../database/database.ts';
import type { StoredEvent } from '../events/headers.ts';

export interface OutboxRow extends StoredEvent {
  traceparent: string | null;
}

/** Enough to fill the pipeline; bodies add up to a few megabytes at most. */
const batch = 500;
const batchBytes = 4_000_000;

/** The first events that wait for publication, in their order. */
export async function unpublished(sql: Sql): Promise<OutboxRow[]> {
  const { rows } = await sql.query(
    `select id, subject, type, split_part(type, '.', 2) as service, aggregate_id as "aggregateId", position, time,
       traceparent, body
     from (select *, sum(length(body)) over (order by position) - length(body) as bytes_before
           from (select * from outbox where published_at is null order by position limit $1) as first) as sized
     where bytes_before < $2
     order by position`,
    [batch, batchBytes],
  );
  return rows;
}

export async function markPublished(sql: Sql, rows: OutboxRow[]): Promise<void> {
  if (rows.length === 0) return;
  // By id and not by range: a smaller position may commit later.
  await sql.query('update outbox set published_at = now() where id = any($1::uuid[])', [rows.map(({ id }) => id)]);
}

/** Queues every event for publication once more; returns how many. Consumers pass over those they have handled. */
export async function publishAgain(sql: Sql): Promise<number> {
  const { rowCount } = await sql.query('update outbox set published_at = null where published_at is not null');
  return rowCount;
}
