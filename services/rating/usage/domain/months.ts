import { monthBounds, monthOf } from '#shared/time/month';
import { usageTimeOf } from './usageTime.ts';

/** A month with its bounds as usage times. `index` is its place in `Months`. */
export interface MonthSpan {
  index: number;
  month: string;
  start: number;
  end: number;
}

/** Which month of the business's time zone a usage time belongs to; bounds are computed once a month. */
export class Months {
  readonly #zone: string;
  readonly #spans: MonthSpan[] = [];
  #last: MonthSpan = { index: -1, month: '', start: 0, end: 0 };

  constructor(zone: string) {
    this.#zone = zone;
  }

  indexOf(time: number): number {
    const last = this.#last;
    if (time >= last.start && time < last.end) return last.index;
    const span = this.#spans.find(({ start, end }) => time >= start && time < end) ?? this.#add(time);
    this.#last = span;
    return span.index;
  }

  at(index: number): MonthSpan {
    const span = this.#spans[index];
    if (!span) throw new RangeError(`no month ${index}`);
    return span;
  }

  #add(time: number): MonthSpan {
    const month = monthOf(new Date(Math.floor(time / 1000) + 946_684_800_000), this.#zone);
    const { start, end } = monthBounds(month, this.#zone);
    const span = { index: this.#spans.length, month, start: usageTimeOf(start), end: usageTimeOf(end) };
    this.#spans.push(span);
    return span;
  }
}

/** `2026-11` as 202611, and back. */
export function monthNumber(month: string): number {
  return Number(month.slice(0, 4)) * 100 + Number(month.slice(5));
}

export function monthName(number: number): string {
  return `${Math.floor(number / 100)}-${String(number % 100).padStart(2, '0')}`;
}
