import { Fault } from '../errors/fault.ts';
import { divideExact, type Exact, whole, zero } from '../money/decimal.ts';
import { offsetStretches } from '../time/offsets.ts';
import type { TimeOfDay, UsageItem } from './tariff.ts';

/** Longest item that is split, in seconds: a year. Longer ones would cost more work than a price is worth. */
const longest = 366 * 86_400;
const dayMs = 86_400_000;
const minuteMs = 60_000;

/**
 * The part of an item's quantity inside the window. Only `seconds` say how long an item lasted, so only they are split; an
 * item of any other metric counts as a whole if it began inside.
 *
 * An instant is inside if a clock in the window's zone then shows a time of the window. So an hour that the clocks show twice counts
 * twice, one that they leave out not at all, and what is charged is the time that has really passed. Of a window over midnight the
 * day on which it opened decides.
 */
export function insideWindow(item: UsageItem, quantity: Exact, window: TimeOfDay, zone: string): Exact {
  if (!item.startTime) throw new Fault('INVALID_REQUEST', { message: 'a price by time of day needs the usage’s time' });
  const start = item.startTime.getTime();
  const timeZone = window.timeZone ?? zone;
  if (item.metric !== 'seconds') return isOpen(window, timeZone, start) ? quantity : zero;
  if (quantity.gt(longest)) {
    throw new Fault('INVALID_REQUEST', { message: 'usage longer than a year cannot be priced by time of day' });
  }
  // Windows open and close on whole milliseconds, so what the item lasts beyond the last whole one is inside or not as one piece.
  const milliseconds = quantity.mul(1000);
  const wholeMs = Number(milliseconds.n / milliseconds.d);
  const inside = whole(openMs(window, timeZone, start, start + wholeMs));
  const rest = milliseconds.sub(wholeMs);
  const all = rest.gt(0) && isOpen(window, timeZone, start + wholeMs) ? inside.add(rest) : inside;
  return divideExact(all, 1000);
}

function isOpen(window: TimeOfDay, zone: string, at: number): boolean {
  return openMs(window, zone, at, at + 1) === 1;
}

/** For how many milliseconds from `start` to before `end` the window is open. */
function openMs(window: TimeOfDay, zone: string, start: number, end: number): number {
  if (end <= start) return 0;
  const from = window.from * minuteMs;
  const to = (window.to > window.from ? window.to : window.to + 24 * 60) * minuteMs;
  let sum = 0;
  for (const stretch of offsetStretches(zone, start, end - 1)) {
    const first = Math.max(start, stretch.start) + stretch.offset;
    const last = Math.min(end, stretch.end) + stretch.offset;
    // The opening of the day before may reach past midnight.
    for (let day = Math.floor(first / dayMs) - 1; day * dayMs < last; day++) {
      if (!opensOn(window, day)) continue;
      sum += Math.max(0, Math.min(last, day * dayMs + to) - Math.max(first, day * dayMs + from));
    }
  }
  return sum;
}

/** Whether the window opens on a day, counted from 1970-01-01, which was a Thursday. */
function opensOn({ days }: TimeOfDay, day: number): boolean {
  return days.length === 0 || days.includes(((((day + 3) % 7) + 7) % 7) + 1);
}
