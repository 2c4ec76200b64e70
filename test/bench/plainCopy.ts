import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';

/** Seconds that a plain COPY of the file into a new table without any index takes, committed. The least it could cost. */
export async function plainCopy(url: string, file: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('drop table if exists plain_copy');
    await client.query(`create table plain_copy (record_id text, service_number text, apn text, start_time timestamptz,
      bytes_up bigint, bytes_down bigint)`);
    await client.query('checkpoint');
    const started = performance.now();
    const copy = client.query(copyStreams.from('copy plain_copy from stdin'));
    await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), copy);
    const seconds = (performance.now() - started) / 1000;
    await client.query('drop table plain_copy');
    await client.query('checkpoint');
    return seconds;
  } finally {
    await client.end();
  }
}
