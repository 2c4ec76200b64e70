import type { Attributes, MetricOptions, ObservableGauge } from '@opentelemetry/api';
import { sleep } from '../process/background.ts';
import { meter } from './metrics.ts';

/** A number that is the case now, and what it is about. */
export interface Reading {
  value: number;
  attributes?: Attributes;
}

/** How long a collection waits for a source. Prometheus gives a whole scrape ten seconds. */
const limitMs = 2_000;

/**
 * Gauges whose values are read together, once a collection, from a source that may be slow or away: a database, the broker. Collections that
 * come while a reading is under way share it, so the source never has two of them. Where the source fails, or is late, its gauges are
 * left out of that collection: a stale or invented number would look like a true one.
 */
export function observeTogether<Name extends string>(
  gauges: Record<Name, MetricOptions>,
  read: () => Promise<Record<Name, Reading[]>>,
): void {
  const instruments = new Map<Name, ObservableGauge>();
  for (const name of Object.keys(gauges) as Name[]) {
    instruments.set(name, meter().createObservableGauge(name, gauges[name]));
  }
  let underWay: Promise<Record<Name, Reading[]> | undefined> | undefined;
  meter().addBatchObservableCallback(
    async (result) => {
      underWay ??= read()
        .catch(() => undefined)
        .finally(() => {
          underWay = undefined;
        });
      const readings = await inTime(underWay);
      if (!readings) return;
      for (const [name, instrument] of instruments) {
        for (const { value, attributes } of readings[name]) result.observe(instrument, value, attributes);
      }
    },
    [...instruments.values()],
  );
}

async function inTime<T>(reading: Promise<T | undefined>): Promise<T | undefined> {
  const limit = new AbortController();
  const late = sleep(limitMs, limit.signal).then(() => undefined);
  try {
    return await Promise.race([reading, late]);
  } finally {
    limit.abort();
  }
}
