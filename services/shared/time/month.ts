import { Temporal } from 'temporal-polyfill';

/** A stretch of time: from its start up to but not including its end; without an end it is still open. */
export interface Interval {
  start: Date;
  end?: Date;
}

const monthForm = /^\d{4}-(0[1-9]|1[0-2])$/;

/** Whether a text is a month such as `2026-11`. */
export function isMonth(text: string): boolean {
  return monthForm.test(text);
}

/** Whether a text is a time zone this runtime knows. */
export function isTimeZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

/** The month that an instant belongs to in a time zone, such as `2026-11`. */
export function monthOf(instant: Date, zone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(zone);
  return local.toPlainDate().toPlainYearMonth().toString();
}

export function nextMonth(month: string): string {
  return yearMonth(month).add({ months: 1 }).toString();
}

export function previousMonth(month: string): string {
  return yearMonth(month).subtract({ months: 1 }).toString();
}

export function daysInMonth(month: string): number {
  return yearMonth(month).daysInMonth;
}

/** First instant of the month, and first instant after it. */
export function monthBounds(month: string, zone: string): { start: Date; end: Date } {
  const days = dayStarts(month, zone);
  return { start: new Date(days[0] ?? 0), end: new Date(days.at(-1) ?? 0) };
}

/**
 * On how many days of the month at least one instant lies in an interval: 0 to `daysInMonth`.
 * An interval that ends at midnight does not touch the day that begins then.
 */
export function activeDays(intervals: readonly Interval[], month: string, zone: string): number {
  const starts = dayStarts(month, zone);
  let days = 0;
  for (let day = 0; day + 1 < starts.length; day++) {
    const from = starts[day] ?? 0;
    const to = starts[day + 1] ?? 0;
    if (intervals.some((interval) => touches(interval, from, to))) days++;
  }
  return days;
}

/** Whether an interval has an instant in common with the month. */
export function inMonth(interval: Interval, month: string, zone: string): boolean {
  const { start, end } = monthBounds(month, zone);
  return touches(interval, start.getTime(), end.getTime());
}

/** Whether an interval has an instant in common with the time from `from` to before `to`. */
export function touches({ start, end }: Interval, from: number, to: number): boolean {
  const first = start.getTime();
  const last = end?.getTime() ?? Number.POSITIVE_INFINITY;
  return first < last && first < to && last > from;
}

const starts = new Map<string, readonly number[]>();

/** The first instant of every day of the month and of the day after it. Kept: a bill run asks for every line. */
export function dayStarts(month: string, zone: string): readonly number[] {
  const key = `${month} ${zone}`;
  const known = starts.get(key);
  if (known) return known;
  const first = yearMonth(month).toPlainDate({ day: 1 });
  const made = Array.from(
    { length: first.daysInMonth + 1 },
    (_, day) => first.add({ days: day }).toZonedDateTime({ timeZone: zone }).epochMilliseconds,
  );
  if (starts.size > 500) starts.clear();
  starts.set(key, made);
  return made;
}

function yearMonth(month: string): Temporal.PlainYearMonth {
  if (!isMonth(month)) throw new RangeError(`not a month: ${month.slice(0, 20)}`);
  return Temporal.PlainYearMonth.from(month);
}
