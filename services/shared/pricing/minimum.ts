import type { Exact } from '../money/decimal.ts';
import { priced, step } from './step.ts';
import type { Bound, Priced } from './tariff.ts';

/** What is missing from the exact sum of all other components up to the minimum. */
export function priceMinimum(model: Bound, sum: Exact): Priced {
  if (sum.gte(model.amount)) return priced([]);
  return priced([step('bound', { flat: model.amount, amount: model.amount.sub(sum) })]);
}
