import { type Exact, zero } from '../money/decimal.ts';
import { type Money, noMoney, roundToMoney } from '../money/money.ts';
import { splitAllowance } from './allowance.ts';
import { priceGraduated } from './graduated.ts';
import { roundUpToIncrement } from './increment.ts';
import { priceMaximum } from './maximum.ts';
import { priceMinimum } from './minimum.ts';
import { pricePackage } from './package.ts';
import { pricePercentage } from './percentage.ts';
import { pricePerUnit } from './perUnit.ts';
import { priceRecurring } from './recurring.ts';
import { roundComponent } from './rounding.ts';
import { priced, step } from './step.ts';
import type { Bound, Component, Model, Priced, PriceStep, TariffVersion, UsageItem } from './tariff.ts';
import { insideWindow } from './timeOfDay.ts';
import { priceVolume } from './volume.ts';

export interface PricingContext {
  currency: string;
  /** Days of the period in service, for recurring components; a quote outside a period has 1 of 1. */
  activeDays: number;
  daysInMonth: number;
  /** The business's zone, for windows that name none. */
  timeZone: string;
}

/** What one component charges. */
export interface PriceLine {
  component: Component;
  /** The quantity that counted, in the metric, before the allowance; days for a recurring fee. */
  quantity: Exact;
  /** Metric of the quantity; `days` for a recurring fee, empty for a bound. */
  metric: string;
  steps: PriceStep[];
  /** The amount before the line's rounding. */
  exact: Exact;
  /** The amount, rounded once to the currency's decimals. */
  amount: Money;
}

/**
 * Prices usage by one version: one line per component in the version's order. Bounds work on the exact sum of all
 * other components and give a line only where they have an effect.
 */
export function priceVersion(
  version: TariffVersion,
  usage: readonly UsageItem[],
  context: PricingContext,
): PriceLine[] {
  const lines = new Map<Component, PriceLine>();
  let sum = zero;
  for (const component of version.components) {
    if (isBound(component.model)) continue;
    const line = priceComponent(component, component.model, usage, context);
    lines.set(component, line);
    sum = sum.add(line.exact);
  }
  return version.components.flatMap((component) => {
    const line = isBound(component.model) ? priceBound(component, component.model, sum, context) : lines.get(component);
    return line ? [line] : [];
  });
}

/** Whether a line says anything: something was used or charged. */
export function counts(line: PriceLine): boolean {
  return line.quantity.gt(0) || line.amount.minor !== 0n;
}

export function sumOfLines(lines: readonly PriceLine[], currency: string): Money {
  return { currency, minor: lines.reduce((sum, { amount }) => sum + amount.minor, noMoney(currency).minor) };
}

function isBound(model: Model): model is Bound {
  return model.kind === 'minimum' || model.kind === 'maximum';
}

function priceBound(component: Component, model: Bound, sum: Exact, context: PricingContext): PriceLine | undefined {
  const result = model.kind === 'minimum' ? priceMinimum(model, sum) : priceMaximum(model, sum);
  return result.steps.length > 0 ? lineOf(component, result, zero, '', context) : undefined;
}

function priceComponent(
  component: Component,
  model: Exclude<Model, Bound>,
  usage: readonly UsageItem[],
  context: PricingContext,
): PriceLine {
  if (model.kind === 'recurring') {
    const result = priceRecurring(model, context.activeDays, context.daysInMonth);
    return lineOf(component, result, zero.add(context.activeDays), 'days', context);
  }
  const items = counted(component, usage, context.timeZone);
  const quantity = items.reduce<Exact>((total, item) => total.add(item.quantity), zero);
  const result =
    model.kind === 'percentage' ? pricePercentage(model, items) : priceQuantity(component, model, quantity);
  return lineOf(component, result, quantity, component.metric, context);
}

/** The items of the component's metric, each rounded up to the increment first and then cut to the time of day. */
function counted({ metric, increment, timeOfDay }: Component, usage: readonly UsageItem[], zone: string): UsageItem[] {
  const items: UsageItem[] = [];
  for (const item of usage) {
    if (item.metric !== metric) continue;
    const rounded = roundUpToIncrement(item.quantity, increment);
    const quantity = timeOfDay ? insideWindow(item, rounded, timeOfDay, zone) : rounded;
    if (timeOfDay && quantity.equals(0)) continue;
    items.push({ ...item, quantity });
  }
  return items;
}

function priceQuantity(
  component: Component,
  model: Exclude<Model, Bound | { kind: 'recurring' | 'percentage' }>,
  quantity: Exact,
): Priced {
  const { free, paid } = splitAllowance(quantity, component.allowance);
  const result = priceUnits(model, paid.div(component.unit));
  if (free.equals(0)) return result;
  return priced([step('allowance', { quantity: free.div(component.unit) }), ...result.steps]);
}

function priceUnits(model: Exclude<Model, Bound | { kind: 'recurring' | 'percentage' }>, units: Exact): Priced {
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

function lineOf(
  component: Component,
  result: Priced,
  quantity: Exact,
  metric: string,
  context: PricingContext,
): PriceLine {
  const exact = roundComponent(result.amount, component.rounding);
  const amount = roundToMoney(exact, context.currency);
  return { component, quantity, metric, steps: result.steps, exact, amount };
}
