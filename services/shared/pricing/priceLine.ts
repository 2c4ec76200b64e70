import { type Exact, zero } from '../money/decimal.ts';
import { type Money, noMoney, roundToMoney } from '../money/money.ts';
import { roundComponent } from './rounding.ts';
import type { Component, Priced, PriceStep } from './tariff.ts';

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

export function lineOf(
  component: Component,
  result: Priced,
  counted: { quantity: Exact; metric: string },
  currency: string,
): PriceLine {
  const exact = roundComponent(result.amount, component.rounding);
  return { component, ...counted, steps: result.steps, exact, amount: roundToMoney(exact, currency) };
}

/** Whether a line says anything: something was used or charged. */
export function counts(line: PriceLine): boolean {
  return line.quantity.gt(0) || line.amount.minor !== 0n;
}

export function sumOfLines(lines: readonly PriceLine[], currency: string): Money {
  return { currency, minor: lines.reduce((sum, { amount }) => sum + amount.minor, noMoney(currency).minor) };
}

export function exactSum(lines: readonly PriceLine[]): Exact {
  return lines.reduce<Exact>((sum, { exact }) => sum.add(exact), zero);
}
