import { exactText } from '#shared/money/decimal';
import type { PriceLine } from '#shared/pricing/priceLine';
import type { MonthPortion } from '#shared/pricing/priceMonth';
import { daysInMonth } from '#shared/time/month';
import { monthName } from './month.ts';

/** A charge in words: `Data`, `Data (1–14 November)`, `Monthly fee (13 of 30 days)`. */
export function describeCharge(line: PriceLine, portion: MonthPortion, isOneOfSeveral: boolean, month: string): string {
  const details = isOneOfSeveral ? [stretch(portion, month)] : [];
  const { model, name } = line.component;
  const days = daysInMonth(month);
  if (model.kind === 'recurring' && model.proration === 'DAILY' && line.quantity.lt(days)) {
    details.push(feeDays(exactText(line.quantity), days));
  }
  return details.length > 0 ? `${name} (${details.join(', ')})` : name;
}

/** The days of a fee that is not owed for all of them. */
export function feeDays(active: number | string, days: number): string {
  return `${active} of ${days} days`;
}

function stretch({ firstDay, lastDay }: MonthPortion, month: string): string {
  const name = monthName(month);
  if (lastDay < firstDay) return `part of ${firstDay} ${name}`;
  return firstDay === lastDay ? `${firstDay} ${name}` : `${firstDay}–${lastDay} ${name}`;
}
