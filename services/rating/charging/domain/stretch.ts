import { whole, zero } from '#shared/money/decimal';
import { countItem } from '#shared/pricing/countItem';
import type { TariffVersion } from '#shared/pricing/tariff';
import type { Session, Stretch } from './session.ts';

/** A version, reduced to what prices the session. */
export interface Pricing {
  metric: string;
  timeZone: string;
  versionOf: (effectiveTime: Date | undefined) => TariffVersion;
}

/**
 * The session's stretches, for units that are granted at a time when this version is in force. A new one begins where another version
 * prices them, or where other times of day are open than when the last one began. Seconds last, so that their times of day
 * are told by themselves.
 */
export function stretchesFor(
  { stretches, used }: Pick<Session, 'stretches' | 'used'>,
  effectiveTime: Date | undefined,
  time: Date,
  pricing: Pricing,
): readonly Stretch[] {
  const last = stretches.at(-1);
  const sameVersion = last && last.version?.getTime() === effectiveTime?.getTime();
  if (sameVersion && windowsAt(last.startTime, effectiveTime, pricing) === windowsAt(time, effectiveTime, pricing)) {
    return stretches;
  }
  return [...stretches, { version: effectiveTime, startTime: time, from: last ? used : zero }];
}

/** Which of a version's windows are open at a time, in a form that can be compared. */
function windowsAt(startTime: Date, effectiveTime: Date | undefined, { metric, timeZone, versionOf }: Pricing): string {
  if (metric === 'seconds') return '';
  const item = { metric, startTime, quantity: whole(1) };
  return versionOf(effectiveTime)
    .components.filter(({ timeOfDay }) => timeOfDay)
    .map((component) => (countItem(component, item, timeZone).equals(0) ? '-' : '+'))
    .join('');
}
