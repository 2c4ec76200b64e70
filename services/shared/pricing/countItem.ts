import { type Exact, zero } from '../money/decimal.ts';
import { roundUpToIncrement } from './increment.ts';
import type { Component, UsageItem } from './tariff.ts';
import { insideWindow } from './timeOfDay.ts';

/**
 * How much of one usage item a component counts, before its allowance: rounded up to the increment first, then cut to the
 * time of day. An item of another metric counts nothing. `zone` is the business's own, for windows that name none.
 */
export function countItem({ metric, increment, timeOfDay }: Component, item: UsageItem, zone: string): Exact {
  if (item.metric !== metric) return zero;
  const rounded = roundUpToIncrement(item.quantity, increment);
  return timeOfDay ? insideWindow(item, rounded, timeOfDay, zone) : rounded;
}
