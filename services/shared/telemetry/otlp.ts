import type { Logger } from './log.ts';

/** Where one kind of telemetry goes: the endpoint may have a path of its own, which stays in front. */
export function signalUrl(endpoint: string, signal: 'traces' | 'metrics'): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/${signal}`;
}

/** As OpenTelemetry's exporters answer: 0 is success. */
interface Exporter<Items> {
  export(items: Items, done: (result: { code: number; error?: Error }) => void): void;
}

/**
 * Says once that a collector takes nothing any more, and once that it does again. The library says neither, so that an endpoint with a slip of the pen would
 * never be noticed; and a line for each failed attempt would flood the log for as long as the collector is away.
 */
export function sayingWhenRefused<Items, E extends Exporter<Items>>(exporter: E, what: string, log: Logger): E {
  const send = exporter.export.bind(exporter);
  let taken = true;
  exporter.export = (items, done) =>
    send(items, (result) => {
      const now = result.code === 0;
      if (now !== taken && now) log.info({ what }, 'telemetry is taken again');
      if (now !== taken && !now)
        log.warn({ what, err: result.error }, 'telemetry is not taken; it is left out meanwhile');
      taken = now;
      done(result);
    });
  return exporter;
}
