import { activeIntervals, type Change } from '#shared/activity/activity';
import { decimal, exactText } from '#shared/money/decimal';
import { needsItems } from '#shared/pricing/needsItems';
import { counts, type PriceLine, priceVersion } from '#shared/pricing/priceVersion';
import type { Tariff } from '#shared/pricing/tariff';
import { versionAt } from '#shared/pricing/versionAt';
import { activeDays, daysInMonth } from '#shared/time/month';
import { pricingTime } from './tariffUse.ts';

/** One line's month: what it used and when it was in service. */
export interface LineMonth {
  lineId: string;
  offeringId: string;
  serviceNumber: string;
  usageBytes: bigint;
  /** Exact decimals by metric. */
  totals: Readonly<Record<string, string>>;
  changes: readonly Change[];
}

/** A month in the business's time zone. */
export interface Month {
  month: string;
  zone: string;
}

/** One charge as the invoice shows it; the amount in minor units, rounded once. */
export interface Charge {
  component: string;
  description: string;
  quantity: string;
  metric: string;
  amount: bigint;
  /** Effective time of the version that priced it; undefined if in force since always. */
  tariffVersion: Date | undefined;
}

export interface ChargedLine {
  lineId: string;
  offeringId: string;
  serviceNumber: string;
  usageBytes: bigint;
  charges: Charge[];
  /** Sum of the charges, in minor units. */
  subtotal: bigint;
  /** The tariff's tax rate as exact text, by which an invoice groups its taxes. */
  taxRate: string;
}

/** The charges of one line for one month. */
export function chargeLine(line: LineMonth, tariff: Tariff, { month, zone }: Month): ChargedLine {
  const version = versionAt(tariff, pricingTime(month, zone));
  if (!version) throw new Error(`tariff ${tariff.id} has no version in force in ${month}`);
  if (version.components.some(needsItems)) {
    throw new Error(`tariff ${tariff.id} prices usage item by item, of which line ${line.lineId} has only totals`);
  }
  const days = { active: activeDays(activeIntervals(line.changes), month, zone), all: daysInMonth(month) };
  const usage = Object.entries(line.totals).map(([metric, quantity]) => ({ metric, quantity: decimal(quantity) }));
  const context = { currency: tariff.currency, activeDays: days.active, daysInMonth: days.all, timeZone: zone };
  const charges = priceVersion(version, usage, context)
    .filter(counts)
    .map((priced) => ({
      component: priced.component.name,
      description: describe(priced, days),
      quantity: exactText(priced.quantity),
      metric: priced.metric,
      amount: priced.amount.minor,
      tariffVersion: version.effectiveTime,
    }));
  return {
    lineId: line.lineId,
    offeringId: line.offeringId,
    serviceNumber: line.serviceNumber,
    usageBytes: line.usageBytes,
    charges,
    subtotal: charges.reduce((sum, { amount }) => sum + amount, 0n),
    taxRate: exactText(tariff.taxRate),
  };
}

function describe({ component }: PriceLine, days: { active: number; all: number }): string {
  const prorated = component.model.kind === 'recurring' && component.model.proration === 'DAILY';
  return prorated && days.active < days.all ? `${component.name} (${days.active} of ${days.all} days)` : component.name;
}
