import type { Database, Transaction } from '#shared/database/database';

/** Reads as of one instant, however many statements it takes and whatever is committed meanwhile. Nothing can be written. */
export function atOneInstant<T>(database: Database, read: (tx: Transaction) => Promise<T>): Promise<T> {
  return database.transaction(async (tx) => {
    await tx.query('set transaction isolation level repeatable read, read only');
    return read(tx);
  });
}
