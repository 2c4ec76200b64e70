import type { Component } from './tariff.ts';

/**
 * Whether a component can only be priced usage item by usage item. A line's month is a total, from which such a price
 * cannot be told, so a line's tariff may hold none.
 */
export function needsItems({ model, increment, timeOfDay }: Component): boolean {
  return model.kind === 'percentage' || increment !== undefined || timeOfDay !== undefined;
}
