import { addMoney, type Money, noMoney } from '#shared/money/money';
import type { PortionPrice } from '#shared/pricing/priceMonth';

/**
 * What a line has spent on usage in a month, without tax: the lines of its components that charge usage, and what a maximum takes off. Fees
 * and a minimum are owed whatever is used.
 */
export function spentOnUsage(portions: readonly PortionPrice[]): Money {
  const currency = portions[0]?.portion.tariff.currency ?? '';
  const lines = portions.flatMap((portion) => portion.lines);
  const spent = lines
    .filter(({ component: { model } }) => model.kind !== 'recurring' && model.kind !== 'minimum')
    .reduce<Money>((sum, { amount }) => addMoney(sum, amount), noMoney(currency));
  return spent.minor > 0n ? spent : noMoney(currency);
}

/** Whether a limit is reached. One in another currency than the line is charged in says nothing about it. */
export function reaches(spent: Money, limit: Money): boolean {
  return spent.currency === limit.currency && spent.minor >= limit.minor;
}
