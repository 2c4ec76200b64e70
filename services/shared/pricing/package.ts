import type { Exact } from '../money/decimal.ts';
import { priced, step } from './step.ts';
import type { Package, Priced } from './tariff.ts';

/** Packages × price. A part of a package costs as much as a whole one (UP) or its part of the price (PRORATED). */
export function pricePackage(model: Package, units: Exact): Priced {
  if (units.equals(0)) return priced([]);
  const parts = units.div(model.size);
  const packages = model.partial === 'UP' ? parts.ceil() : parts;
  return priced([step('package', { quantity: packages, unitPrice: model.price, amount: packages.mul(model.price) })]);
}
