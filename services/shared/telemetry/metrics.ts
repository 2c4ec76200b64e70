import { metrics } from '@opentelemetry/api';
import type { BreakerState, Breakers } from '../breaker/breakers.ts';
import { jangbuResource } from './resource.ts';

const exportEveryMs = 10_000;

/** Sets metrics up for this process; without an endpoint whatever is measured goes nowhere and costs nothing. */
export async function startMetrics(service: string, endpoint: string | undefined): Promise<AsyncDisposable> {
  if (!endpoint) return { [Symbol.asyncDispose]: async () => {} };
  // Loaded only where metrics are exported: it costs a tenth of a second of every start.
  const [{ MeterProvider, PeriodicExportingMetricReader }, { OTLPMetricExporter }] = await Promise.all([
    import('@opentelemetry/sdk-metrics'),
    import('@opentelemetry/exporter-metrics-otlp-proto'),
  ]);
  const exporter = new OTLPMetricExporter({ url: new URL('/v1/metrics', endpoint).href });
  const provider = new MeterProvider({
    resource: jangbuResource(service),
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: exportEveryMs })],
  });
  metrics.setGlobalMeterProvider(provider);
  return { [Symbol.asyncDispose]: () => provider.shutdown().catch(() => {}) };
}

export function meter() {
  return metrics.getMeter('jangbu');
}

const stateNumbers: Record<BreakerState, number> = { closed: 0, 'half-open': 1, open: 2 };

/** `jangbu.circuit_breaker.state`: 0 closed, 1 half-open, 2 open; one series each breaker. */
export function observeBreakers(breakers: Breakers): void {
  const gauge = meter().createObservableGauge('jangbu.circuit_breaker.state', {
    description: 'State of a circuit breaker: 0 closed, 1 half-open, 2 open',
  });
  gauge.addCallback((result) => {
    for (const { name, state } of breakers) {
      result.observe(stateNumbers[state], { 'jangbu.circuit_breaker.name': name });
    }
  });
}
