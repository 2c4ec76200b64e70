/** A stretch of time: from its start up to but not including its end. */
export interface Span {
  start: Date;
  end: Date;
}

const hour = 3_600_000;
/** So many entries are compared at once: few enough for a quick answer, enough for few questions. */
const many = 50_000n;

/** The first stretch of a walk. */
export const firstLength = hour;

/** How long the next stretch of a walk is to be, after one with so many entries. Empty years are passed over in a few steps. */
export function nextLength(length: number, entries: bigint): number {
  if (entries > many) return Math.max(1, Math.floor(length / 2));
  return entries < many / 4n ? length * 2 : length;
}

/** The two halves of a span; undefined for a millisecond, which has none. */
export function halves({ start, end }: Span): [Span, Span] | undefined {
  const length = end.getTime() - start.getTime();
  if (length <= 1) return undefined;
  const middle = new Date(start.getTime() + Math.floor(length / 2));
  return [
    { start, end: middle },
    { start: middle, end },
  ];
}

/**
 * Up to when both books must be complete. Whatever is younger than the lag may still be under way. While events wait
 * to be handled, settlement has come just as far as its newest entry.
 */
export function horizonOf(now: Date, lagMs: number, waiting: { newestEntry: Date | undefined } | undefined): Date {
  const reached = waiting ? Math.min(now.getTime(), waiting.newestEntry?.getTime() ?? 0) : now.getTime();
  return new Date(reached - lagMs);
}
