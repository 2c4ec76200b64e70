import { differing } from '../domain/differing.ts';
import { firstLength, halves, nextLength, type Span } from '../domain/span.ts';
import { agree } from '../domain/totals.ts';
import { type Books, earliest, look, lookSize } from './look.ts';

/** Stretches with no more entries than this, in both books together, are compared entry by entry, where their totals differ. */
const few = 2_000n;

/**
 * Compares a span stretch by stretch: by totals, and only where those differ entry by entry. `reached` hears up to when it has come.
 * Returns the earliest time of a difference that may still be under way, because it is not before the horizon.
 */
export async function compare(
  books: Books,
  { start, end }: Span,
  horizon: Date,
  options: { signal?: AbortSignal | undefined; reached?: (time: Date) => Promise<void> },
): Promise<Date | undefined> {
  let underWay: Date | undefined;
  let from = start;
  for (let length = firstLength; from < end && !options.signal?.aborted; ) {
    const stretch = { start: from, end: new Date(Math.min(end.getTime(), from.getTime() + length)) };
    const { entries, young } = await compareStretch(books, stretch, horizon);
    underWay = earliest([underWay, young]);
    from = stretch.end;
    await options.reached?.(from);
    length = nextLength(length, entries);
  }
  return underWay;
}

async function compareStretch(
  books: Books,
  stretch: Span,
  horizon: Date,
): Promise<{ entries: bigint; young: Date | undefined }> {
  const [own, billing] = await Promise.all([books.own.totals(stretch), books.billing.totals(stretch)]);
  const entries = own.entries + billing.entries;
  if (agree(own, billing)) return { entries, young: undefined };
  const parts = entries > few ? halves(stretch) : undefined;
  if (!parts) return { entries, young: await compareEntries(books, stretch, horizon) };
  const [first, second] = parts;
  const young = [
    (await compareStretch(books, first, horizon)).young,
    (await compareStretch(books, second, horizon)).young,
  ];
  return { entries, young: earliest(young) };
}

async function compareEntries(books: Books, stretch: Span, horizon: Date): Promise<Date | undefined> {
  let young: Date | undefined;
  let ids: string[] = [];
  for await (const id of differing(books.billing.entries(stretch), books.own.entries(stretch))) {
    ids.push(id);
    if (ids.length < lookSize) continue;
    young = earliest([young, await look(books, ids, horizon)]);
    ids = [];
  }
  return ids.length === 0 ? young : earliest([young, await look(books, ids, horizon)]);
}
