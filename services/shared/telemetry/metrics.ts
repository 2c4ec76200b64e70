import { type Meter, metrics } from '@opentelemetry/api';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import type { MetricsServer } from './metricsServer.ts';
import { jangbuResource } from './resource.ts';

const exportEveryMs = 10_000;

/** Where measurements go. */
export interface MetricsExport {
  /** OTLP/HTTP endpoint; undefined sends none. */
  endpoint: string | undefined;
  /** Port of `GET /metrics`; 0 means any free one, undefined none. */
  port: number | undefined;
  host: string;
}

export interface RunningMetrics extends AsyncDisposable {
  /** Where `GET /metrics` answers, if it does. */
  port: number | undefined;
}

/**
 * Sets metrics up for this process; without an endpoint and a port whatever is measured goes nowhere and costs nothing. Instruments made
 * before are never exported, so this comes first.
 */
export async function startMetrics(service: string, { endpoint, port, host }: MetricsExport): Promise<RunningMetrics> {
  if (!endpoint && port === undefined) return { port: undefined, [Symbol.asyncDispose]: async () => {} };
  // Loaded only where metrics are wanted: it costs a tenth of a second of every start.
  const { MeterProvider, PeriodicExportingMetricReader } = await import('@opentelemetry/sdk-metrics');
  const readers: IMetricReader[] = [];
  let server: MetricsServer | undefined;
  if (endpoint) {
    const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-proto');
    const exporter = new OTLPMetricExporter({ url: new URL('/v1/metrics', endpoint).href });
    readers.push(new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: exportEveryMs }));
  }
  if (port !== undefined) {
    const { MetricsServer } = await import('./metricsServer.ts');
    server = new MetricsServer();
    readers.push(server.reader);
  }
  const provider = new MeterProvider({ resource: jangbuResource(service), readers });
  metrics.setGlobalMeterProvider(provider);
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
