import type { Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { tariffFromProto } from '#shared/pricing/fromProto';
import type { Tariff } from '#shared/pricing/tariff';
import { versionAt } from '#shared/pricing/versionAt';
import { findTariff } from '../tariffs/store/tariffs.ts';
import { chargeable } from './domain/chargeable.ts';
import type { Meter } from './domain/meter.ts';
import type { Session, Stretch } from './domain/session.ts';
import { stretchesFor } from './domain/stretch.ts';

export async function readTariff(sql: Sql, id: string): Promise<Tariff> {
  return tariffFromProto(await findTariff(sql, id));
}

/** What prices these stretches. Versions are never taken away, so each is found again by its effective time. */
export function meterOf(tariff: Tariff, metric: string, stretches: readonly Stretch[], timeZone: string): Meter {
  const { currency, taxRate } = tariff;
  return {
    currency,
    taxRate,
    metric,
    timeZone,
    stretches: stretches.map(({ version, startTime, from }) => ({
      version: versionOf(tariff, metric, version),
      startTime,
      from,
    })),
  };
}

/**
 * The session's stretches for units that are granted now. Throws TARIFF_VERSION_NOT_FOUND where the tariff is not in force yet, TARIFF_INVALID
 * where no session can be charged by it.
 */
export function stretchesAt(
  tariff: Tariff,
  session: Pick<Session, 'metric' | 'stretches' | 'used'>,
  time: Date,
  timeZone: string,
): readonly Stretch[] {
  const { metric } = session;
  const version = versionAt(tariff, time);
  if (!version) {
    throw new Fault('TARIFF_VERSION_NOT_FOUND', {
      message: `${tariff.id} has no version in force at ${time.toISOString()}`,
      metadata: { tariff_id: tariff.id },
    });
  }
  const pricing = {
    metric,
    timeZone,
    versionOf: (effective: Date | undefined) => versionOf(tariff, metric, effective),
  };
  return stretchesFor(session, version.effectiveTime, time, pricing);
}

function versionOf(tariff: Tariff, metric: string, effectiveTime: Date | undefined) {
  const version = tariff.versions.find((each) => each.effectiveTime?.getTime() === effectiveTime?.getTime());
  if (!version) throw new Error(`tariff ${tariff.id} has lost a version`);
  return chargeable(tariff.id, version, metric);
}
