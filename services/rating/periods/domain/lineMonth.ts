import type { Tariff, TariffVersion } from '#shared/pricing/tariff';
import type { Interval } from '#shared/time/month';
import { activeDaysOf, type Stretch } from './stretches.ts';
import type { StretchUsage } from './usageFold.ts';

/** A stretch of a line's month with what was used in it. */
export interface Portion extends StretchUsage {
  tariff: Tariff;
  version: TariffVersion;
  offeringId: string;
  firstDay: number;
  lastDay: number;
  /** Days of it on which the line was in service at any moment. */
  activeDays: number;
}

/** What a line used in a month, and what prices it. */
export interface LineMonth {
  lineId: string;
  /** What it had at the month's end. */
  offeringId: string;
  bytes: bigint;
  records: bigint;
  /** One or more, in their order. */
  portions: Portion[];
}

export function portionOf(
  stretch: Stretch,
  usage: StretchUsage,
  active: readonly Interval[],
  days: readonly number[],
): Portion {
  const { tariff, version, offeringId, firstDay, lastDay } = stretch;
  const activeDays = activeDaysOf(stretch, active, days);
  return { tariff, version, offeringId, firstDay, lastDay, activeDays, ...usage };
}

/** A line's month from its portions. */
export function lineMonthOf(lineId: string, portions: Portion[]): LineMonth {
  return {
    lineId,
    offeringId: portions.at(-1)?.offeringId ?? '',
    bytes: portions.reduce((sum, { bytes }) => sum + bytes, 0n),
    records: portions.reduce((sum, { events }) => sum + events, 0n),
    portions,
  };
}
