import type { Database } from '#shared/database/database';
import type { Book } from '../domain/book.ts';
import { differenceOf } from '../domain/difference.ts';
import { openDifferences, resolveOthers } from '../store/differences.ts';
import { stillOutOfOrder } from '../store/postEntry.ts';
import { reportDifference } from './report.ts';

export interface Books {
  database: Database;
  own: Book;
  billing: Book;
  now: () => Date;
}

/** Most entries that one look fetches from both books. */
export const lookSize = 500;

/**
 * Looks at entries by their ids in both books and keeps what it finds: a difference that is new is reported, one that is gone
 * is resolved. An entry that disagrees at or after the horizon may be under way and is left alone; the earliest such time is returned.
 */
export async function look(books: Books, ids: readonly string[], horizon?: Date): Promise<Date | undefined> {
  const { database, own, billing, now } = books;
  // Billing first: what it had then must have come to settlement when that is read, or it was under way.
  const theirs = await billing.byId(ids);
  const ours = await own.byId(ids);
  const looked = ids.map((id) => {
    const difference = differenceOf(theirs.get(id), ours.get(id));
    const time = (theirs.get(id) ?? ours.get(id))?.time;
    const isYoung = horizon !== undefined && time !== undefined && time >= horizon;
    return { id, difference, underWay: difference && isYoung ? time : undefined };
  });
  const judged = looked.filter(({ underWay }) => underWay === undefined);
  await database.transaction(async (tx) => {
    await resolveOthers(
      tx,
      judged.map(({ id, difference }) => ({ entryId: id, outOfOrder: false, kind: difference?.kind })),
      now(),
    );
    for (const { difference } of judged) if (difference) await reportDifference(tx, difference, now());
  });
  return earliest(looked.map(({ underWay }) => underWay));
}

/** Looks again at the open differences that nobody has looked at since then. */
export async function lookAgain(books: Books, since: Date, signal?: AbortSignal): Promise<void> {
  while (!signal?.aborted) {
    const open = await openDifferences(books.database, since, lookSize);
    if (open.length === 0) return;
    const disagreeing = open.filter(({ kind }) => kind !== 'OUT_OF_ORDER').map(({ entryId }) => entryId);
    if (disagreeing.length > 0) await look(books, disagreeing);
    const unordered = open.filter(({ kind }) => kind === 'OUT_OF_ORDER');
    if (unordered.length > 0) await lookAtOrder(books, unordered);
  }
}

async function lookAtOrder({ database, now }: Books, open: readonly { id: string; entryId: string }[]): Promise<void> {
  await database.transaction(async (tx) => {
    const standing = await stillOutOfOrder(
      tx,
      open.map(({ entryId }) => entryId),
    );
    const looked = open.map(({ entryId }) => ({
      entryId,
      outOfOrder: true,
      kind: standing.has(entryId) ? ('OUT_OF_ORDER' as const) : undefined,
    }));
    await resolveOthers(tx, looked, now());
    await tx.query('update journal_differences set look_time = $2 where id = any ($1) and resolve_time is null', [
      open.map(({ id }) => id),
      now(),
    ]);
  });
}

export function earliest(times: readonly (Date | undefined)[]): Date | undefined {
  const known = times.filter((time) => time !== undefined).map((time) => time.getTime());
  return known.length === 0 ? undefined : new Date(Math.min(...known));
}
