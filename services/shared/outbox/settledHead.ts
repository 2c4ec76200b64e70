import type { Sql } from '../database/database.ts';
import { Fault } from '../errors/fault.ts';
import { sleep } from '../process/background.ts';

const pollMs = 10;
/** Transactions that emit are short; one that takes longer than this is not waited for. */
const limitMs = 10_000;

/**
 * The last position given out, once nothing can appear at or before it any more. Numbers are given out in one order and commit in
 * another, so whoever reads up to the greatest number seen may miss a smaller one that commits later. Every transaction that has a
 * number also has a lock on the table, from before it took the number until its commit can be seen; so those that hold
 * one when the last number is read are waited for. They are told by their virtual ids, which are not used twice while they matter.
 */
export async function settledHead(sql: Sql, signal: AbortSignal): Promise<bigint> {
  const head = await lastPosition(sql);
  let emitting = await writers(sql);
  for (const deadline = Date.now() + limitMs; emitting.length > 0; ) {
    if (signal.aborted) throw new Fault('CANCELLED', { message: 'the reader went away' });
    if (Date.now() > deadline) {
      throw new Fault('DEPENDENCY_UNAVAILABLE', {
        message: 'a transaction that emits events has been open for long',
        retryAfterMs: 1_000,
      });
    }
    await sleep(pollMs, signal);
    const still = new Set(await writers(sql));
    emitting = emitting.filter((each) => still.has(each));
  }
  return head;
}

async function lastPosition(sql: Sql): Promise<bigint> {
  const { rows } = await sql.query<{ last: bigint | null }>(
    `select pg_sequence_last_value(pg_get_serial_sequence('outbox', 'position')::regclass) as last`,
  );
  return rows[0]?.last ?? 0n;
}

async function writers(sql: Sql): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select distinct virtualtransaction as id from pg_locks
     where locktype = 'relation' and relation = 'outbox'::regclass and mode = 'RowExclusiveLock' and granted
       and database = (select oid from pg_database where datname = current_database())`,
  );
  return rows.map(({ id }) => id);
}
