import { type Exact, whole, zero } from '../money/decimal.ts';
import { splitAllowance } from './allowance.ts';
import { priceGraduated } from './graduated.ts';
import { pricePackage } from './package.ts';
import { pricePerUnit } from './perUnit.ts';
import { lineOf, type PriceLine } from './priceLine.ts';
import { priceRecurring } from './recurring.ts';
import { priced, step } from './step.ts';
import type { Bound, Component, Model, Priced, Recurring } from './tariff.ts';
import { priceVolume } from './volume.ts';

export type QuantityModel = Exclude<Model, Bound | { kind: 'recurring' | 'percentage' }>;

/** A fee's line, by days in service; `days.active` 0 charges nothing. */
export function priceFee(
  component: Component,
  model: Recurring,
  days: { active: number; inPeriod: number },
  currency: string,
): PriceLine {
  const result = priceRecurring(model, days.active, days.inPeriod);
  return lineOf(component, result, { quantity: whole(days.active), metric: 'days' }, currency);
}

/** The line of a component that charges a quantity, however many usage items that is the sum of. */
export function priceQuantity(
  component: Component,
  model: QuantityModel,
  quantity: Exact,
  currency: string,
): PriceLine {
  const { free, paid } = splitAllowance(quantity, component.allowance);
  const result = priceUnits(model, paid.div(component.unit));
  const shown = free.equals(zero)
    ? result
    : priced([step('allowance', { quantity: free.div(component.unit) }), ...result.steps]);
  return lineOf(component, shown, { quantity, metric: component.metric }, currency);
}

function priceUnits(model: QuantityModel, units: Exact): Priced {
  switch (model.kind) {
    case 'perUnit':
      return pricePerUnit(model, units);
    case 'graduated':
      return priceGraduated(model, units);
    case 'volume':
      return priceVolume(model, units);
    case 'package':
      return pricePackage(model, units);
    default:
      return model satisfies never;
  }
}
