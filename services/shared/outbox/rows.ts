import pg from 'pg';
import { copyOut } from '../database/copyOut.ts';
import type { Sql } from '../database/database.ts';
import type { StoredEvent } from '../events/headers.ts';

export interface OutboxRow extends StoredEvent {
  traceparent: string | null;
}

/** Enough to fill the pipeline; bodies add up to a few megabytes at most. */
const batch = 500;
const batchBytes = 4_000_000;

const timeOf: (text: string) => Date = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ);

/**
 * The first events that wait for publication, in their order. By COPY: a large body would else be written as hexadecimal text, sent at twice its
 * size and read back.
 */
export async function unpublished(session: { client: pg.ClientBase }): Promise<OutboxRow[]> {
  const columns = await copyOut(
    session,
    `select id::text, subject, type, split_part(type, '.', 2), aggregate_id, position, time::text, traceparent, body
     from (select *, sum(length(body)) over (order by position) - length(body) as bytes_before
           from (select * from outbox where published_at is null order by position limit ${batch}) as first) as sized
     where bytes_before < ${batchBytes}
     order by position`,
  );
  const rows: OutboxRow[] = [];
  while (columns.row()) {
    rows.push({
      ...{ id: columns.text(), subject: columns.text(), type: columns.text(), service: columns.text() },
      ...{ aggregateId: columns.text(), position: columns.bigint(), time: timeOf(columns.text()) },
      ...{ traceparent: columns.text() || null, body: columns.slice() },
    });
  }
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
