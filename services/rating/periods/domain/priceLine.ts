import { whole } from '#shared/money/decimal';
import { addMoney, type Money, noMoney } from '#shared/money/money';
import { counts, sumOfLines } from '#shared/pricing/priceLine';
import { type MonthPortion, type PortionPrice, priceMonth } from '#shared/pricing/priceMonth';
import type { LineMonth, Portion } from './lineMonth.ts';

/** What a line's month comes to, without tax. */
export interface LinePrice {
  /** Its portions with what they are charged; components that charge nothing for nothing are left out. */
  portions: PortionPrice[];
  amount: Money;
}

export function priceLine({ portions }: Pick<LineMonth, 'portions'>, daysInMonth: number): LinePrice {
  const prices = priceMonth(portions.map(monthPortion), daysInMonth);
  const currency = portions[0]?.tariff.currency ?? '';
  const shown = prices.map(({ portion, lines }) => ({ portion, lines: lines.filter(counts) }));
  const amount = shown.reduce<Money>(
    (sum, { portion, lines }) => addMoney(sum, sumOfLines(lines, portion.tariff.currency)),
    noMoney(currency),
  );
  return { portions: shown, amount };
}

function monthPortion({ bytes, events, ...portion }: Portion): MonthPortion {
  const totals = new Map([
    ['bytes', whole(bytes)],
    ['events', whole(events)],
  ]);
  return { ...portion, totals };
}
