import { activeIntervals, type Change } from '#shared/activity/activity';
import { exactText } from '#shared/money/decimal';
import { counts } from '#shared/pricing/priceLine';
import { type PortionPrice, priceMonth } from '#shared/pricing/priceMonth';
import { activeDays, daysInMonth } from '#shared/time/month';
import { describeCharge } from './describeCharge.ts';
import type { Month } from './month.ts';
import { type LineOffering, offeringAt } from './offering.ts';
import { type Portion, type Quantities, type Tariffs, toMonthPortion, wholeMonth } from './portion.ts';
import { pricingTime } from './tariffUse.ts';

/** One line's month: what it used and when it was in service. */
export interface LineMonth {
  lineId: string;
  serviceNumber: string;
  usageBytes: bigint;
  totals: Quantities;
  /** Empty where one version prices the whole month by its totals. */
  portions: readonly Portion[];
  changes: readonly Change[];
  /** What the line was activated with. */
  activatedWith: LineOffering;
  /** What it was changed to, in the order in which that was ordered. */
  offerings: readonly LineOffering[];
}

/** One charge as the invoice shows it; the amount in minor units, rounded once. */
export interface Charge {
  component: string;
  description: string;
  quantity: string;
  metric: string;
  amount: bigint;
  /** The offering that the line had. */
  offeringId: string;
  tariffId: string;
  /** Effective time of the version that priced it; undefined if in force since always. */
  tariffVersion: Date | undefined;
}

/** A sum of charges that are taxed at one rate. */
export interface Taxable {
  /** The tariff's rate as exact text, by which an invoice groups its taxes. */
  rate: string;
  minor: bigint;
}

export interface ChargedLine {
  lineId: string;
  /** What the line has at the end of the month. */
  offeringId: string;
  serviceNumber: string;
  usageBytes: bigint;
  /** What priced it. */
  portions: readonly Portion[];
  charges: Charge[];
  /** Sum of the charges, in minor units. */
  subtotal: bigint;
  taxable: Taxable[];
}

/** The charges of one line for one month. */
export function chargeLine(line: LineMonth, tariffs: Tariffs, month: Month): ChargedLine {
  const portions = portionsOf(line, tariffs, month);
  const prices = pricePortions(portions, tariffs, month.month);
  return {
    lineId: line.lineId,
    offeringId: portions.at(-1)?.offeringId ?? '',
    serviceNumber: line.serviceNumber,
    usageBytes: line.usageBytes,
    portions,
    ...chargesOf(prices, month.month),
  };
}

/** The portions handed over, or else the whole month as one, by what the line had at its last instant. */
export function portionsOf(line: LineMonth, tariffs: Tariffs, month: Month): readonly Portion[] {
  if (line.portions.length > 0) return line.portions;
  const { offeringId, tariffId } =
    line.offerings.length === 0
      ? line.activatedWith
      : offeringAt(line.activatedWith, line.offerings, pricingTime(month.month, month.zone));
  const days = activeDays(activeIntervals(line.changes), month.month, month.zone);
  return [wholeMonth({ offeringId, tariffId, activeDays: days, totals: line.totals }, tariffs, month)];
}

/** What portions cost, without the lines that say nothing. */
export function pricePortions(portions: readonly Portion[], tariffs: Tariffs, month: string): PortionPrice[] {
  return priceMonth(
    portions.map((portion) => toMonthPortion(portion, tariffs)),
    daysInMonth(month),
  ).map(({ portion, lines }) => ({ portion, lines: lines.filter(counts) }));
}

export function chargesOf(
  prices: readonly PortionPrice[],
  month: string,
): Pick<ChargedLine, 'charges' | 'subtotal' | 'taxable'> {
  const charges: Charge[] = [];
  const taxable: Taxable[] = [];
  let subtotal = 0n;
  for (const { portion, lines } of prices) {
    let minor = 0n;
    for (const line of lines) {
      minor += line.amount.minor;
      charges.push({
        component: line.component.name,
        description: describeCharge(line, portion, prices.length > 1, month),
        quantity: exactText(line.quantity),
        metric: line.metric,
        amount: line.amount.minor,
        offeringId: portion.offeringId,
        tariffId: portion.tariff.id,
        tariffVersion: portion.version.effectiveTime,
      });
    }
    taxable.push({ rate: exactText(portion.tariff.taxRate), minor });
    subtotal += minor;
  }
  return { charges, subtotal, taxable };
}
