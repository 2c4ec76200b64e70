import type { Component } from './tariff.ts';

/**
 * Whether a component's quantity has to be counted usage item by usage item. For a line's month rating does that and hands
 * over the quantity by component; a total by metric does not tell it.
 */
export function countsItems({ increment, timeOfDay }: Component): boolean {
  return increment !== undefined || timeOfDay !== undefined;
}

/** Whether a component charges what usage items are worth. A line's usage is worth nothing by itself, so a line's tariff may hold none. */
export function needsItemAmounts({ model }: Component): boolean {
  return model.kind === 'percentage';
}
