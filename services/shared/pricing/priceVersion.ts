import { type Exact, zero } from '../money/decimal.ts';
import { exceeds, isBound, priceBound } from './bounds.ts';
import { countItem } from './countItem.ts';
import { pricePercentage } from './percentage.ts';
import { priceFee, priceQuantity } from './priceComponent.ts';
import { exactSum, lineOf, type PriceLine } from './priceLine.ts';
import type { Bound, Component, Model, TariffVersion, UsageItem } from './tariff.ts';

export interface PricingContext {
  currency: string;
  /** Days of the period in service, for recurring components; a quote outside a period has 1 of 1. */
  activeDays: number;
  daysInMonth: number;
  /** The business's zone, for windows that name none. */
  timeZone: string;
}

/** Prices usage by one version, item by item. */
export function priceVersion(
  version: TariffVersion,
  usage: readonly UsageItem[],
  context: PricingContext,
): PriceLine[] {
  return priceComponents(version, context.currency, (component, model) => priceItems(component, model, usage, context));
}

/**
 * One line per component in the version's order. Bounds work on the sum of all other components, wherever they stand
 * themselves, and give a line only where they have an effect.
 */
export function priceComponents(
  { components }: TariffVersion,
  currency: string,
  priceOne: (component: Component, model: Exclude<Model, Bound>) => PriceLine,
): PriceLine[] {
  const lines: PriceLine[] = [];
  for (const component of components) {
    if (!isBound(component.model)) lines.push(priceOne(component, component.model));
  }
  if (lines.length === components.length) return lines;
  const sum = exactSum(lines);
  const isWithin = !components.some(({ model }) => isBound(model) && exceeds(model, sum));
  let next = 0;
  return components.flatMap((component): PriceLine[] => {
    const line = isBound(component.model)
      ? priceBound(component, component.model, lines, currency, isWithin)
      : lines[next++];
    return line ? [line] : [];
  });
}

function priceItems(
  component: Component,
  model: Exclude<Model, Bound>,
  usage: readonly UsageItem[],
  { currency, activeDays, daysInMonth, timeZone }: PricingContext,
): PriceLine {
  if (model.kind === 'recurring') {
    return priceFee(component, model, { active: activeDays, inPeriod: daysInMonth }, currency);
  }
  const items = counted(component, usage, timeZone);
  const quantity = items.reduce<Exact>((total, item) => total.add(item.quantity), zero);
  if (model.kind !== 'percentage') return priceQuantity(component, model, quantity, currency);
  return lineOf(component, pricePercentage(model, items), { quantity, metric: component.metric }, currency);
}

/** The items of the component's metric with the quantities that it counts; what lies outside the time of day is no item. */
function counted(component: Component, usage: readonly UsageItem[], zone: string): UsageItem[] {
  const items: UsageItem[] = [];
  for (const item of usage) {
    if (item.metric !== component.metric) continue;
    const quantity = countItem(component, item, zone);
    if (component.timeOfDay && quantity.equals(0)) continue;
    items.push({ ...item, quantity });
  }
  return items;
}
