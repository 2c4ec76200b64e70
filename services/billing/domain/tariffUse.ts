import type { Reason } from '#shared/errors/fault';
import { needsItemAmounts } from '#shared/pricing/needsItems';
import type { Tariff } from '#shared/pricing/tariff';
import { versionAt } from '#shared/pricing/versionAt';
import { monthBounds } from '#shared/time/month';

/** The last instant of a month: the tariff version in force then prices the whole month. */
export function pricingTime(month: string, zone: string): Date {
  return new Date(monthBounds(month, zone).end.getTime() - 1);
}

/** Why a line cannot be charged by a tariff from a month on; undefined if it can. */
export function tariffRefusal(tariff: Tariff, month: string, zone: string): Reason | undefined {
  if (!versionAt(tariff, pricingTime(month, zone))) return 'TARIFF_VERSION_NOT_FOUND';
  return tariff.versions.some(({ components }) => components.some(needsItemAmounts)) ? 'TARIFF_INVALID' : undefined;
}
