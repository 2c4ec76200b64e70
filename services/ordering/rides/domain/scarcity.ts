/** How a request ended that was neither cancelled by its customer nor is still open. */
export interface Decided {
  /** Whether somebody drove, or was on the way. */
  driven: boolean;
  time: Date;
}

export interface ScarcityRule {
  /** So many requests in a row that nobody took make drivers scarce; 0: they never are. */
  rides: number;
  /** The last of them is at most so old, in milliseconds. */
  windowMs: number;
}

/**
 * Whether drivers are scarce, judged by the latest decided requests, newest first: for how long it is no use to ask, in
 * milliseconds; undefined where they are not. After that time the next request is a new try.
 */
export function scarceFor(
  latest: readonly Decided[],
  { rides, windowMs }: ScarcityRule,
  now: Date,
): number | undefined {
  const row = latest.slice(0, rides);
  const [last] = row;
  if (!last || row.length < rides || row.some(({ driven }) => driven)) return undefined;
  const left = last.time.getTime() + windowMs - now.getTime();
  return left > 0 ? left : undefined;
}
