import type { Exact } from '../money/decimal.ts';
import { priced, step } from './step.ts';
import type { Priced, Volume } from './tariff.ts';

/** The whole quantity at the price of the tier it ends in, and that tier's flat price: at no usage the first tier's. */
export function priceVolume(model: Volume, units: Exact): Priced {
  const tier = model.tiers.find(({ upTo }) => !upTo || units.lte(upTo));
  if (!tier) return priced([]);
  const amount = units.mul(tier.unitPrice).add(tier.flat);
  return priced([step('tier', { quantity: units, unitPrice: tier.unitPrice, flat: tier.flat, amount })]);
}
