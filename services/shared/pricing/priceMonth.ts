import { divideExact, type Exact, zero } from '../money/decimal.ts';
import { countsItems } from './needsItems.ts';
import { priceFee, priceQuantity } from './priceComponent.ts';
import type { PriceLine } from './priceLine.ts';
import { priceComponents } from './priceVersion.ts';
import { scaleVersion } from './scaleVersion.ts';
import type { Component, Tariff, TariffVersion } from './tariff.ts';

/** A stretch of a line's month that one version of one tariff prices. */
export interface MonthPortion {
  tariff: Tariff;
  version: TariffVersion;
  offeringId: string;
  /** First day, from 1. A day belongs to the portion in force at its end. */
  firstDay: number;
  /** Last day; less than `firstDay` where no day ends within the portion. */
  lastDay: number;
  /** Days of the portion on which the line was in service at any moment. */
  activeDays: number;
  /** What was used, by metric. */
  totals: ReadonlyMap<string, Exact>;
  /** Quantities of the components that count item by item, by component name; 0 is said, too, where anything was used. */
  counted: ReadonlyMap<string, Exact>;
}

export interface PortionPrice {
  portion: MonthPortion;
  lines: PriceLine[];
}

/**
 * Prices a line's month, portion by portion. `counted` (by component name) holds the quantities of item-wise components; all
 * others use `totals` (by metric).
 *
 * Each portion prices its own usage by its own version. What a version grants or bounds per month counts for a portion in
 * proportion to its days (see scaleVersion). A fee by days is fee × days in service within the portion / days of the month. A
 * fee without proration is owed once: by the portion of the line's last day in service.
 */
export function priceMonth(portions: readonly MonthPortion[], daysInMonth: number): PortionPrice[] {
  const lastInService = portions.findLast(({ activeDays }) => activeDays > 0);
  return portions.map((portion) => {
    const days = Math.max(portion.lastDay - portion.firstDay + 1, 0);
    const scaled = scaleVersion(portion.version, divideExact(days, daysInMonth));
    const owesFlatFees = portion === lastInService;
    const { currency } = portion.tariff;
    const lines = priceComponents(scaled, currency, (component, model) => {
      if (model.kind === 'recurring') {
        const active = model.proration === 'DAILY' || owesFlatFees ? portion.activeDays : 0;
        return priceFee(component, model, { active, inPeriod: daysInMonth }, currency);
      }
      if (model.kind === 'percentage') {
        throw new Error(
          `tariff ${portion.tariff.id}: ${component.name} charges amounts, which a line's usage has none of`,
        );
      }
      return priceQuantity(component, model, quantityOf(component, portion), currency);
    });
    return { portion, lines };
  });
}

/** Taking a missing quantity for none would give usage away, so it is one only where nothing of the metric was used. */
function quantityOf(component: Component, { tariff, totals, counted }: MonthPortion): Exact {
  const total = totals.get(component.metric) ?? zero;
  if (!countsItems(component)) return total;
  const quantity = counted.get(component.name);
  if (quantity) return quantity;
  if (total.equals(zero)) return zero;
  throw new Error(`tariff ${tariff.id}: ${component.name} is counted item by item, and its quantity is missing`);
}
