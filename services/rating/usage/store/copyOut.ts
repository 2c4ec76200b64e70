import type pg from 'pg';
import copyStreams from 'pg-copy-streams';
import type { Database, Sql, Transaction } from '#shared/database/database';

/** How a column is read: int2 or int4, float8, bytea. */
type Kind = 'int' | 'double' | 'bytes';
type Value<K> = K extends 'bytes' ? Uint8Array : number;
type Row<C extends Record<string, Kind>> = { -readonly [K in keyof C]: Value<C[K]> };

const headerBytes = 19;

/**
 * The rows of a query in PostgreSQL's binary format, by COPY: a bytea comes as its bytes and not as hexadecimal text of twice the size. COPY takes no
 * parameters, so all values of the query are numbers written by `number` and `numbers`. Columns stand in the order of the query and are not null.
 */
export async function copyOut<const C extends Record<string, Kind>>(
  sql: Sql,
  query: string,
  columns: C,
): Promise<Row<C>[]> {
  const { client } = sql as Partial<Transaction>;
  if (client) return read(client, query, columns);
  const { pool } = sql as Partial<Database>;
  if (!pool) throw new TypeError('neither a database nor a transaction');
  const own = await pool.connect();
  let failed: Error | undefined;
  try {
    return await read(own, query, columns);
  } catch (error) {
    failed = error as Error;
    throw error;
  } finally {
    own.release(failed);
  }
}

/** A number as it stands in SQL. */
export function number(value: number): string {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a whole number: ${value}`);
  return `(${value})::int8`;
}

/** An array of numbers as it stands in SQL. */
export function numbers(values: number[]): string {
  for (const value of values) if (!Number.isSafeInteger(value)) throw new RangeError(`not a whole number: ${value}`);
  return `'{${values.join(',')}}'::int8[]`;
}

async function read<C extends Record<string, Kind>>(
  client: pg.ClientBase,
  query: string,
  columns: C,
): Promise<Row<C>[]> {
  const stream = client.query(copyStreams.to(`copy (${query}) to stdout (format binary)`));
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const names = Object.entries(columns);
  const rows: Row<C>[] = [];
  let at = headerBytes;
  while (bytes.readInt16BE(at) !== -1) {
    at += 2;
    const row: Record<string, unknown> = {};
    for (const [name, kind] of names) {
      const length = bytes.readInt32BE(at);
      row[name] = parse(kind, bytes.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    rows.push(row as Row<C>);
  }
  return rows;
}

function parse(kind: Kind, bytes: Buffer): unknown {
  switch (kind) {
    case 'int':
      return bytes.readIntBE(0, bytes.length);
    case 'double':
      return bytes.readDoubleBE();
    case 'bytes':
      return bytes;
    default:
      return kind satisfies never;
  }
}
