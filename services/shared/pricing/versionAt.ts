import type { Tariff, TariffVersion } from './tariff.ts';

/** The version in force at a time: the last one whose effective time is not after it; undefined if there is none yet. */
export function versionAt(tariff: Tariff, time: Date): TariffVersion | undefined {
  return tariff.versions.findLast(({ effectiveTime }) => !effectiveTime || effectiveTime <= time);
}
