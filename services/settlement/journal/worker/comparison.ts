import type pg from 'pg';
import type { Logger } from '#shared/telemetry/log';
import { moveComparedTo, readComparedTo } from '../store/comparison.ts';
import { compare } from './compare.ts';
import type { Horizon } from './horizon.ts';
import { type Books, earliest, lookAgain } from './look.ts';

export interface Comparison {
  books: Books;
  horizon: Horizon;
  lagMs: number;
  log: Logger;
}

/**
 * Compares what is new since the last time, up to the horizon, and looks again at what stands. It begins a lag earlier than it had come, for
 * entries that became visible late. Killed at any point it goes on from the last stretch that was compared.
 */
export async function compareNew({ books, horizon, lagMs }: Comparison, signal?: AbortSignal): Promise<void> {
  const began = books.now();
  const end = await horizon();
  const comparedTo = await readComparedTo(books.database);
  const start = comparedTo ? new Date(comparedTo.getTime() - lagMs) : await beginning(books);
  const reached = (time: Date) => moveComparedTo(books.database, time);
  if (start) await compare(books, { start, end }, end, { signal, reached });
  await lookAgain(books, began, signal);
}

/** The time of the first entry of either book; undefined if both are empty. */
export async function beginning({ own, billing }: Books): Promise<Date | undefined> {
  return earliest([await own.first(), await billing.first()]);
}

/** Runs the work while no other process compares. Undefined, and nothing done, if one does and `wait` is false. */
export async function alone<T>(
  { database }: Books,
  lock: 'journal-comparison' | 'journal-reconciliation',
  wait: boolean,
  work: () => Promise<T>,
): Promise<{ result: T } | undefined> {
  const client = await database.pool.connect();
  let broken: Error | undefined;
  const lost = (error: Error) => {
    broken = error;
  };
  client.on('error', lost);
  try {
    if (!(await take(client, lock, wait))) return undefined;
    try {
      return { result: await work() };
    } finally {
      await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [lock]).catch(lost);
    }
  } finally {
    client.off('error', lost);
    client.release(broken);
  }
}

async function take(client: pg.PoolClient, lock: string, wait: boolean): Promise<boolean> {
  const call = wait ? 'pg_advisory_lock' : 'pg_try_advisory_lock';
  const { rows } = await client.query(`select ${call}(hashtextextended($1, 0)) as taken`, [lock]);
  return wait || rows[0]?.taken === true;
}
