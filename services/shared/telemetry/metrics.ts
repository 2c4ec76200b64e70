import { type Meter, metrics } from '@opentelemetry/api';
import { createLogger, type Logger } from './log.ts';
import { jangbuResource } from './resource.ts';

/** Where measurements go. */
export interface MetricsExport {
  /** OTLP/HTTP endpoint; undefined sends none. */
  endpoint: string | undefined;
  /** Port of `GET /metrics`; 0 means any free one, undefined none. */
  port: number | undefined;
  host: string;
  log?: Logger;
}

export interface RunningMetrics extends AsyncDisposable {
  /** Where `GET /metrics` answers, if it does. */
  port: number | undefined;
}

/**
 * Sets metrics up for this process; without an endpoint and a port whatever is measured goes nowhere and costs nothing. Instruments made
 * before are never exported, so this comes first.
 */
export async function startMetrics(
  service: string,
  { endpoint, port, host, log }: MetricsExport,
): Promise<RunningMetrics> {
  if (!endpoint && port === undefined) return { port: undefined, [Symbol.asyncDispose]: async () => {} };
  // Loaded only where metrics are wanted: it costs a tenth of a second of every start.
  const [{ MeterProvider }, { pushingReader, waitingReader }] = await Promise.all([
    import('@opentelemetry/sdk-metrics'),
    import('./metricReaders.ts'),
  ]);
  const reader = endpoint ? await pushingReader(endpoint, log ?? createLogger(service, 'warn')) : waitingReader();
  const provider = new MeterProvider({ resource: jangbuResource(service), readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  const server = port === undefined ? undefined : new (await import('./metricsServer.ts')).MetricsServer(reader);
  return {
    port: await server?.listen(port ?? 0, host),
    async [Symbol.asyncDispose]() {
      await server?.[Symbol.asyncDispose]();
      await provider.shutdown().catch(() => {});
    },
  };
}

export function meter(): Meter {
  return metrics.getMeter('jangbu');
}
