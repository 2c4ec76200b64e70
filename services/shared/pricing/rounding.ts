import { divideExact, type Exact, roundTo } from '../money/decimal.ts';
import type { Component } from './tariff.ts';

/** A component's own rounding of its amount; without one the amount stays exact. */
export function roundComponent(amount: Exact, rounding: Component['rounding']): Exact {
  if (!rounding) return amount;
  return divideExact(roundTo(amount, rounding.decimals, rounding.mode), 10n ** BigInt(rounding.decimals));
}
