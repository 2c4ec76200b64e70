import { type Exact, smaller, zero } from '../money/decimal.ts';
import { priced, step } from './step.ts';
import type { Graduated, Priced, PriceStep } from './tariff.ts';

/**
 * Each part of the quantity at its own tier's price. A tier is reached by the first unit past the bound before it,
 * the first tier also by none at all; its flat price is charged once when it is reached.
 */
export function priceGraduated(model: Graduated, units: Exact): Priced {
  const steps: PriceStep[] = [];
  let from = zero;
  for (const [index, tier] of model.tiers.entries()) {
    if (index > 0 && units.lte(from)) break;
    const to = tier.upTo ? smaller(units, tier.upTo) : units;
    const quantity = to.sub(from);
    const amount = quantity.mul(tier.unitPrice).add(tier.flat);
    steps.push(step('tier', { quantity, unitPrice: tier.unitPrice, flat: tier.flat, amount }));
    from = to;
  }
  return priced(steps);
}
