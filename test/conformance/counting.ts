import { type CustomerChanged, CustomerChangedSchema } from '#proto/ordering/v1/events';
import type { Database, Transaction } from '#shared/database/database';
import { emit } from '#shared/outbox/outbox';

/**
 * The suites' business: counters. Each event says which counter has reached which number, so a lost, repeated or
 * overtaking event shows. Counters travel as customers, the id as theirs and the number as their name.
 */
export async function count(database: Database, id: string): Promise<number> {
  return database.transaction((tx) => countIn(tx, id));
}

export async function countIn(tx: Transaction, id: string): Promise<number> {
  const { rows } = await tx.query<{ n: number }>(
    'insert into counters (id, n) values ($1, 1) on conflict (id) do update set n = counters.n + 1 returning n',
    [id],
  );
  const n = rows[0]?.n ?? 0;
  await emit(tx, CustomerChangedSchema, { customer: { id, displayName: String(n) } });
  return n;
}

export function readCount(event: CustomerChanged): { id: string; n: number } {
  return { id: event.customer?.id ?? '', n: Number(event.customer?.displayName) };
}

/** Each counter's numbers in the order in which they came. */
export function sequences(counts: { id: string; n: number }[]): Record<string, number[]> {
  const result: Record<string, number[]> = {};
  for (const { id, n } of counts) {
    result[id] ??= [];
    result[id].push(n);
  }
  return result;
}

/** What `sequences` must be: every number up to the counter's own, once and in order. */
export async function expectedSequences(database: Database): Promise<Record<string, number[]>> {
  const { rows } = await database.query<{ id: string; n: number }>('select id, n from counters');
  return Object.fromEntries(rows.map(({ id, n }) => [id, Array.from({ length: n }, (_, index) => index + 1)]));
}
