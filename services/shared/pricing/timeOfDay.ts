import { Temporal } from 'temporal-polyfill';
import { Fault } from '../errors/fault.ts';
import { divideExact, type Exact, larger, smaller, whole, zero } from '../money/decimal.ts';
import type { TimeOfDay, UsageItem } from './tariff.ts';

/** Longest item that is split, in seconds: a year. Longer ones would cost more work than a price is worth. */
const longest = 366 * 86_400;

/**
 * The part of an item's quantity inside the window. Only `seconds` say how long an item lasted, so only they are split; an
 * item of any other metric counts as a whole if it began inside.
 */
export function insideWindow(item: UsageItem, quantity: Exact, window: TimeOfDay, zone: string): Exact {
  if (!item.startTime) throw new Fault('INVALID_REQUEST', { message: 'a price by time of day needs the usage’s time' });
  const start = whole(item.startTime.getTime());
  if (item.metric !== 'seconds') {
    const began = openings(window, zone, item.startTime, item.startTime);
    return began.some(([from, to]) => start.gte(from) && start.lt(to)) ? quantity : zero;
  }
  if (quantity.gt(longest)) {
    throw new Fault('INVALID_REQUEST', { message: 'usage longer than a year cannot be priced by time of day' });
  }
  const end = start.add(quantity.mul(1000));
  const last = new Date(Number(end.ceil().n));
  const inside = openings(window, zone, item.startTime, last).reduce<Exact>((sum, [from, to]) => {
    const overlap = smaller(end, whole(to)).sub(larger(start, whole(from)));
    return sum.add(larger(overlap, zero));
  }, zero);
  return divideExact(inside, 1000);
}

/** The window's openings, as epoch milliseconds, that may touch the time from `first` to `last`. */
function openings(window: TimeOfDay, businessZone: string, first: Date, last: Date): [number, number][] {
  const timeZone = window.timeZone ?? businessZone;
  const day = (instant: Date) =>
    Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timeZone).toPlainDate();
  const found: [number, number][] = [];
  const end = day(last);
  // The opening of the day before may reach past midnight.
  for (
    let date = day(first).subtract({ days: 1 });
    Temporal.PlainDate.compare(date, end) <= 0;
    date = date.add({ days: 1 })
  ) {
    if (window.days.length > 0 && !window.days.includes(date.dayOfWeek)) continue;
    const closing = window.to > window.from ? window.to : window.to + 24 * 60;
    found.push([at(date, window.from, timeZone), at(date, closing, timeZone)]);
  }
  return found;
}

function at(date: Temporal.PlainDate, minutes: number, timeZone: string): number {
  const plainTime = new Temporal.PlainTime(Math.floor(minutes / 60) % 24, minutes % 60);
  const local = date.add({ days: Math.floor(minutes / (24 * 60)) }).toPlainDateTime(plainTime);
  const instant = local.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  if (instant.toPlainDateTime().equals(local)) return instant.epochMilliseconds;
  // The clock was put forward over this time: the window opens or closes when that happened.
  return (instant.getTimeZoneTransition('next') ?? instant).epochMilliseconds;
}
