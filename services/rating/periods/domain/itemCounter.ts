import { type Exact, whole } from '#shared/money/decimal';
import { countsItems } from '#shared/pricing/needsItems';
import type { Component, TariffVersion, TimeOfDay } from '#shared/pricing/tariff';
import { offsetStretches } from '#shared/time/offsets';
import { usageTimeOf } from '../../usage/domain/usageTime.ts';

/**
 * A component that is counted usage record by usage record, made ready for millions of them: what it counts of a record is a
 * whole number of steps, a step being its increment, or one where it has none. The exact quantity is made once, from the sum of steps.
 */
export interface ItemCounter {
  component: string;
  /** What of a record it counts: its bytes, the record itself, or nothing, as records have no other metric. */
  counts: 'bytes' | 'events' | 'nothing';
  /** The increment as a fraction; both are 1 without one. */
  stepNumerator: bigint;
  stepDenominator: bigint;
  /** The increment where whole bytes can be divided by it without loss; else 0. */
  wholeStep: number;
  /** When the time of day is open within the month: usage times, opening and closing in turn. Undefined: always. */
  open: Float64Array | undefined;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** The counters of a version for a month from `from` to before `to` (epoch milliseconds) in the business's zone. */
export function itemCounters(version: TariffVersion, month: { from: number; to: number; zone: string }): ItemCounter[] {
  return version.components.filter(countsItems).map((component) => counterOf(component, month));
}

function counterOf(component: Component, month: { from: number; to: number; zone: string }): ItemCounter {
  const { metric, increment = whole(1), timeOfDay } = component;
  const isWhole = increment.d === 1n && increment.n <= BigInt(Number.MAX_SAFE_INTEGER);
  return {
    component: component.name,
    counts: metric === 'bytes' || metric === 'events' ? metric : 'nothing',
    stepNumerator: increment.n,
    stepDenominator: increment.d,
    wholeStep: isWhole ? Number(increment.n) : 0,
    open: timeOfDay && openings(timeOfDay, month),
  };
}

/** The exact quantity of so many steps. */
export function quantityOf({ stepNumerator, stepDenominator }: ItemCounter, steps: bigint): Exact {
  return whole(steps * stepNumerator).div(whole(stepDenominator));
}

export function isOpen({ open }: ItemCounter, time: number): boolean {
  if (!open) return true;
  let low = 0;
  let high = open.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((open[middle] ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  // Behind an odd number of bounds an opening was the last.
  return (low & 1) === 1;
}

/** Steps of a volume, where it and the step are whole numbers that a double holds exactly. */
export function wholeSteps(volume: number, step: number): number {
  const rest = volume % step;
  return (volume - rest) / step + (rest > 0 ? 1 : 0);
}

/** Steps of any volume. */
export function exactSteps({ stepNumerator, stepDenominator }: ItemCounter, volume: bigint): bigint {
  return (volume * stepDenominator + stepNumerator - 1n) / stepNumerator;
}

/** When the window is open: by the clocks of its zone, hour by hour that they show (see shared/pricing/timeOfDay.ts). */
function openings(window: TimeOfDay, { from, to, zone }: { from: number; to: number; zone: string }): Float64Array {
  const opening = window.from * minuteMs;
  const closing = (window.to > window.from ? window.to : window.to + 24 * 60) * minuteMs;
  const found: [number, number][] = [];
  for (const { start, end, offset } of offsetStretches(window.timeZone ?? zone, from, to)) {
    const first = Math.max(start, from) + offset;
    const last = Math.min(end, to) + offset;
    for (let day = Math.floor(first / dayMs) - 1; day * dayMs < last; day++) {
      if (!opensOn(window, day)) continue;
      const since = Math.max(first, day * dayMs + opening);
      const until = Math.min(last, day * dayMs + closing);
      if (since < until) found.push([since - offset, until - offset]);
    }
  }
  return Float64Array.from(merged(found).flatMap((pair) => pair.map((time) => usageTimeOf(new Date(time)))));
}

/** 1970-01-01 was a Thursday. */
function opensOn({ days }: TimeOfDay, day: number): boolean {
  return days.length === 0 || days.includes(((((day + 3) % 7) + 7) % 7) + 1);
}

function merged(intervals: [number, number][]): [number, number][] {
  const result: [number, number][] = [];
  for (const [from, to] of intervals.toSorted((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}
