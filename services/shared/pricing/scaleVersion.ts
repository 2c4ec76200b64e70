import type { Exact } from '../money/decimal.ts';
import type { Component, Model, TariffVersion } from './tariff.ts';

/**
 * A version with what it grants or bounds per month cut to a share of the month: allowance, bounds and flat prices of tiers,
 * free events and amounts, minimum and maximum. Prices of a unit or a package, the size of a package, and what an increment or
 * a single item is held to are the same in every stretch of a month. Fees go by days in service and are left to priceRecurring.
 */
export function scaleVersion(version: TariffVersion, share: Exact): TariffVersion {
  if (share.equals(1)) return version;
  return { ...version, components: version.components.map((component) => scaleComponent(component, share)) };
}

function scaleComponent(component: Component, share: Exact): Component {
  return { ...component, allowance: component.allowance.mul(share), model: scaleModel(component.model, share) };
}

function scaleModel(model: Model, share: Exact): Model {
  switch (model.kind) {
    case 'recurring':
    case 'perUnit':
    case 'package':
      return model;
    case 'graduated':
    case 'volume': {
      const tiers = model.tiers.map((tier) => ({ ...tier, upTo: tier.upTo?.mul(share), flat: tier.flat.mul(share) }));
      return { ...model, tiers };
    }
    case 'percentage':
      return { ...model, freeEvents: model.freeEvents?.mul(share), freeAmount: model.freeAmount?.mul(share) };
    case 'minimum':
    case 'maximum':
      return { ...model, amount: model.amount.mul(share) };
    default:
      return model satisfies never;
  }
}
