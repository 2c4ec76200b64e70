import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** Units as Prometheus spells them in names; others, such as `{event}`, are left out of names. */
const words: Record<string, string> = { s: 'seconds', By: 'bytes' };

/**
 * The same measurements under names that end in their unit, as OpenTelemetry's translation to Prometheus has it and its collector does it, so that one
 * query fits both ways: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/. The serializer leaves that out.
 */
export function withUnits(measured: ResourceMetrics): ResourceMetrics {
  return {
    ...measured,
    scopeMetrics: measured.scopeMetrics.map((scope) => ({ ...scope, metrics: scope.metrics.map(withUnit) })),
  };
}

function withUnit(metric: MetricData): MetricData {
  const { name, unit } = metric.descriptor;
  const word = words[unit];
  if (word === undefined || name.split(/[._]/).includes(word)) return metric;
  return { ...metric, descriptor: { ...metric.descriptor, name: `${name}.${word}` } };
}
