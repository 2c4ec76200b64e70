import { Temporal } from 'temporal-polyfill';

/** A stretch of time in which a zone's clocks are a fixed way ahead of UTC; epoch milliseconds, the end not included. */
export interface OffsetStretch {
  start: number;
  end: number;
  /** Local time minus UTC, in milliseconds. */
  offset: number;
}

const dayMs = 86_400_000;
const yearMs = 366 * dayMs;

/** By zone, then by year: kept because what is priced by time of day asks for every usage item. */
const known = new Map<string, Map<number, readonly OffsetStretch[]>>();
const mostKept = 2_000;
let kept = 0;

/** The stretches that touch the time from `from` to `to`, both included, oldest first. */
export function offsetStretches(zone: string, from: number, to: number): readonly OffsetStretch[] {
  const first = Math.floor(from / yearMs);
  const last = Math.floor(to / yearMs);
  const found = first === last ? ofYear(zone, first) : [];
  const all =
    first === last ? found : Array.from({ length: last - first + 1 }, (_, n) => ofYear(zone, first + n)).flat();
  return all.length === 1 ? all : all.filter(({ start, end }) => start <= to && end > from);
}

/** Years here are 366 days each, counted from the epoch: all that matters is that they follow one another. */
function ofYear(zone: string, year: number): readonly OffsetStretch[] {
  let years = known.get(zone);
  const there = years?.get(year);
  if (there) return there;
  if (kept >= mostKept) {
    known.clear();
    kept = 0;
    years = undefined;
  }
  if (!years) {
    years = new Map();
    known.set(zone, years);
  }
  const made = cutAtTransitions(zone, year * yearMs, (year + 1) * yearMs);
  years.set(year, made);
  kept++;
  return made;
}

function cutAtTransitions(zone: string, start: number, end: number): OffsetStretch[] {
  const stretches: OffsetStretch[] = [];
  let at = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(zone);
  for (let from = start; from < end; ) {
    const next = at.getTimeZoneTransition('next');
    const to = Math.min(next?.epochMilliseconds ?? end, end);
    stretches.push({ start: from, end: to, offset: at.offsetNanoseconds / 1e6 });
    if (!next) break;
    at = next;
    from = to;
  }
  return stretches;
}
