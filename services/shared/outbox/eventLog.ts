import type { Sql } from '../database/database.ts';

/** An event as the outbox keeps it, for readers of the log. */
export interface LoggedRow {
  id: string;
  type: string;
  time: Date;
  subject: string;
  position: bigint;
  body: Uint8Array;
}

export interface LogRange {
  after: bigint;
  /** The last position to be read. */
  upTo: bigint;
  /** All types when empty. */
  types: readonly string[];
}

const batch = 500;
const batchBytes = 1_000_000;

/** The first events of a range, in their order: one at least, unless there is none, and not many more than fit into a message. */
export async function loggedEvents(sql: Sql, { after, upTo, types }: LogRange): Promise<LoggedRow[]> {
  const { rows } = await sql.query<LoggedRow>(
    `select id, type, time, aggregate_id as subject, position, body
     from (select *, sum(length(body)) over (order by position) - length(body) as bytes_before
           from (select * from outbox
                 where position > $1 and position <= $2 and ($3::text[] = '{}' or type = any($3))
                 order by position limit $4) as first) as sized
     where bytes_before < $5
     order by position`,
    [after, upTo, types, batch, batchBytes],
  );
  return rows;
}
