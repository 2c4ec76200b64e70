import { type Database, type Sql, transactionOn } from '#shared/database/database';

/** Reads that all see the same instant of the database; for answers put together from several statements. */
export async function inSnapshot<T>(database: Database, read: (sql: Sql) => Promise<T>): Promise<T> {
  for await (const value of overSnapshot(database, async function* (sql) {
    yield await read(sql);
  })) {
    return value;
  }
  throw new Error('unreachable: one value was read');
}

/** The same for an answer that is given piece by piece. The snapshot ends with the iteration, also with one cut short. */
export async function* overSnapshot<T>(database: Database, read: (sql: Sql) => AsyncIterable<T>): AsyncGenerator<T> {
  const client = await database.pool.connect();
  let broken: Error | undefined;
  const lost = (error: Error) => {
    broken = error;
  };
  client.on('error', lost);
  try {
    await client.query('begin isolation level repeatable read, read only');
    yield* read(transactionOn(client));
  } finally {
    // Nothing was written, so ending is the same either way.
    await client.query('rollback').catch(lost);
    client.off('error', lost);
    client.release(broken);
  }
}
