import { once } from 'node:events';
import type pg from 'pg';
import copyStreams from 'pg-copy-streams';

/** Runs a binary COPY with the whole payload. */
export async function copyIn(client: pg.ClientBase, statement: string, payload: Buffer): Promise<void> {
  const stream = client.query(copyStreams.from(statement));
  const finished = once(stream, 'finish');
  stream.end(payload);
  await finished;
}
