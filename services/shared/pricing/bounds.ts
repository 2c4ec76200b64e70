import { type Exact, zero } from '../money/decimal.ts';
import { roundToMoney } from '../money/money.ts';
import { priceMaximum } from './maximum.ts';
import { priceMinimum } from './minimum.ts';
import { exactSum, lineOf, type PriceLine, sumOfLines } from './priceLine.ts';
import { step } from './step.ts';
import type { Bound, Component, Model } from './tariff.ts';

/** Whether an exact sum is on the wrong side of a bound. */
export function exceeds({ kind, amount }: Bound, sum: Exact): boolean {
  return kind === 'minimum' ? sum.lt(amount) : sum.gt(amount);
}

export function isBound(model: Model): model is Bound {
  return model.kind === 'minimum' || model.kind === 'maximum';
}

/**
 * The line of a minimum or maximum over the lines of all other components; undefined where it has no effect.
 *
 * Whether it has one, and its exact amount, are told by the exact sum. Its rounded amount makes up what the others' rounding has moved,
 * so that all lines add up to the rounded bound and not to a smallest unit more or less. For the same reason
 * there is a line where only the rounded sum is out of bounds (two lines of 50.5 under a maximum of 101); its exact amount is 0. Not so where
 * the other bound has an effect (`isWithin` is false): that one's line has made up the rounding already.
 */
export function priceBound(
  component: Component,
  model: Bound,
  others: readonly PriceLine[],
  currency: string,
  isWithin: boolean,
): PriceLine | undefined {
  const sum = exactSum(others);
  const result = model.kind === 'minimum' ? priceMinimum(model, sum) : priceMaximum(model, sum);
  const rounded = sumOfLines(others, currency).minor;
  if (result.steps.length === 0) {
    if (!isWithin) return undefined;
    const limit = roundToMoney(model.amount, currency).minor;
    if (model.kind === 'minimum' ? rounded >= limit : rounded <= limit) return undefined;
    result.steps.push(step('bound', { flat: model.amount }));
    const line = lineOf(component, result, { quantity: zero, metric: '' }, currency);
    return { ...line, amount: { currency, minor: limit - rounded } };
  }
  const line = lineOf(component, result, { quantity: zero, metric: '' }, currency);
  // The component's own rounding, if any, has moved the sum away from the bound itself.
  const target = roundToMoney(sum.add(line.exact), currency).minor;
  return { ...line, amount: { currency, minor: target - rounded } };
}
