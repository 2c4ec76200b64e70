import { create } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { type Tariff, TariffSchema, type TariffVersion } from '#proto/rating/v1/tariff';
import { invalidField } from '#shared/errors/fault';
import { instantOf } from '#shared/time/instant';

/** The tariff with one more version, in the order of their effective times. */
export function addVersion(tariff: Tariff, version: TariffVersion): Tariff {
  const time = since(version.effectiveTime);
  if (tariff.versions.some(({ effectiveTime }) => since(effectiveTime) === time)) {
    throw invalidField('version.effective_time', 'another version is in force since that time');
  }
  const versions = [...tariff.versions, version].sort((a, b) => since(a.effectiveTime) - since(b.effectiveTime));
  return create(TariffSchema, { ...tariff, versions });
}

/** Without a time a version is in force since always. */
function since(time: Timestamp | undefined): number {
  return time ? instantOf(time).getTime() : Number.NEGATIVE_INFINITY;
}
