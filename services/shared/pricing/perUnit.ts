import type { Exact } from '../money/decimal.ts';
import { priced, step } from './step.ts';
import type { PerUnit, Priced } from './tariff.ts';

/** Units × price. Parts of a unit cost their part. */
export function pricePerUnit(model: PerUnit, units: Exact): Priced {
  if (units.equals(0)) return priced([]);
  return priced([step('unit', { quantity: units, unitPrice: model.unitPrice, amount: units.mul(model.unitPrice) })]);
}
