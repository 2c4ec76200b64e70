import type { Exact } from '../money/decimal.ts';

/** Rounds one usage item's quantity up to a multiple of the increment. */
export function roundUpToIncrement(quantity: Exact, increment: Exact | undefined): Exact {
  return increment ? quantity.div(increment).ceil().mul(increment) : quantity;
}
