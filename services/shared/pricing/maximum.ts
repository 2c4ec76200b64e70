import type { Exact } from '../money/decimal.ts';
import { priced, step } from './step.ts';
import type { Bound, Priced } from './tariff.ts';

/** What the exact sum of all other components exceeds the maximum by, as a negative amount. */
export function priceMaximum(model: Bound, sum: Exact): Priced {
  if (sum.lte(model.amount)) return priced([]);
  return priced([step('bound', { flat: model.amount, amount: model.amount.sub(sum) })]);
}
