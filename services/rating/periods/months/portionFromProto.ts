import type { MonthPortion } from '#proto/common/v1/line_month';
import { decimal } from '#shared/money/decimal';
import type { Tariff, TariffVersion } from '#shared/pricing/tariff';
import { instantOf } from '#shared/time/instant';
import type { TariffShelf } from '../../tariffs/tariffShelf.ts';
import type { Portion } from '../domain/lineMonth.ts';

/** A portion as it was handed over. Its tariff must have been fetched. */
export function portionFromProto(portion: MonthPortion, shelf: TariffShelf): Portion {
  const tariff = shelf.get(portion.tariffId);
  const { offeringId, firstDay, lastDay, activeDays, counted } = portion;
  const quantity = (metric: string) => BigInt(portion.totals.find((total) => total.metric === metric)?.quantity ?? '0');
  return {
    tariff,
    version: versionSince(tariff, portion.tariffVersion && instantOf(portion.tariffVersion)),
    offeringId,
    firstDay,
    lastDay,
    activeDays,
    bytes: quantity('bytes'),
    events: quantity('events'),
    counted: new Map(counted.map(({ component, quantity: text }) => [component, decimal(text)])),
  };
}

/** Versions are only ever added, so the time since when one is in force names it. */
export function versionSince(tariff: Tariff, since: Date | undefined): TariffVersion {
  const version = tariff.versions.find(({ effectiveTime }) => effectiveTime?.getTime() === since?.getTime());
  if (!version) throw new Error(`tariff ${tariff.id} has no version since ${since?.toISOString() ?? 'always'}`);
  return version;
}
