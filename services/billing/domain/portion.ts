import { Fault } from '#shared/errors/fault';
import { decimal, type Exact } from '#shared/money/decimal';
import type { MonthPortion } from '#shared/pricing/priceMonth';
import type { Tariff, TariffVersion } from '#shared/pricing/tariff';
import { versionAt } from '#shared/pricing/versionAt';
import { daysInMonth } from '#shared/time/month';
import type { Month } from './month.ts';
import { pricingTime } from './tariffUse.ts';

/** Exact decimals by name. */
export type Quantities = Readonly<Record<string, string>>;

/** A stretch of a line's month that one version of one tariff prices, as it was handed over. */
export interface Portion {
  tariffId: string;
  /** Effective time of the version; undefined if in force since always. */
  tariffVersion: Date | undefined;
  offeringId: string;
  /** Days of the month, from 1. */
  firstDay: number;
  /** Less than `firstDay` where no day ends within the portion. */
  lastDay: number;
  activeDays: number;
  /** By metric. */
  totals: Quantities;
  /** By component: what is counted usage item by usage item. */
  counted: Quantities;
}

export type Tariffs = ReadonlyMap<string, Tariff>;

/** The one portion of a month that the version in force at its last instant prices. */
export function wholeMonth(
  line: { tariffId: string; offeringId: string; activeDays: number; totals: Quantities },
  tariffs: Tariffs,
  { month, zone }: Month,
): Portion {
  const tariff = tariffOf(line.tariffId, tariffs);
  const version = versionAt(tariff, pricingTime(month, zone));
  if (!version) {
    throw new Fault('TARIFF_VERSION_NOT_FOUND', { message: `tariff ${tariff.id} has no version in force in ${month}` });
  }
  return { ...line, tariffVersion: version.effectiveTime, firstDay: 1, lastDay: daysInMonth(month), counted: {} };
}

/** The portion with its tariff and version. Throws TARIFF_NOT_FOUND or TARIFF_VERSION_NOT_FOUND. */
export function toMonthPortion(portion: Portion, tariffs: Tariffs): MonthPortion {
  const tariff = tariffOf(portion.tariffId, tariffs);
  return {
    ...portion,
    tariff,
    version: versionOf(tariff, portion.tariffVersion),
    totals: exact(portion.totals),
    counted: exact(portion.counted),
  };
}

export function tariffOf(id: string, tariffs: Tariffs): Tariff {
  const tariff = tariffs.get(id);
  if (tariff) return tariff;
  throw new Fault('TARIFF_NOT_FOUND', { message: `tariff ${id} is not known here` });
}

function versionOf(tariff: Tariff, since: Date | undefined): TariffVersion {
  const found = tariff.versions.find(({ effectiveTime }) => effectiveTime?.getTime() === since?.getTime());
  if (found) return found;
  const which = since ? `from ${since.toISOString()}` : 'in force since always';
  throw new Fault('TARIFF_VERSION_NOT_FOUND', { message: `tariff ${tariff.id} has no version ${which}` });
}

function exact(quantities: Quantities): Map<string, Exact> {
  return new Map(Object.entries(quantities).map(([name, quantity]) => [name, decimal(quantity)]));
}
