import { decimal, exactText } from '#shared/money/decimal';
import type { Stretch } from '../domain/session.ts';

/** A stretch as JSON. */
export interface StoredStretch {
  /** Empty for the version in force since always. */
  version: string;
  startTime: string;
  from: string;
}

export function toStored({ version, startTime, from }: Stretch): StoredStretch {
  return { version: version?.toISOString() ?? '', startTime: startTime.toISOString(), from: exactText(from) };
}

export function toStretch({ version, startTime, from }: StoredStretch): Stretch {
  return { version: version ? new Date(version) : undefined, startTime: new Date(startTime), from: decimal(from) };
}
