import { ProtobufMetricsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { expect, test } from 'vitest';
import { measurementsOf, spansOf } from './otlp.ts';

test('the receiver reads what the exporter writes', () => {
  const kept = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'sender' }),
    spanProcessors: [new SimpleSpanProcessor(kept)],
  });
  const span = provider.getTracer('test').startSpan('an operation', { kind: 4, attributes: { colour: 'blue' } });
  span.setStatus({ code: 2, message: 'BROKEN' });
  span.end();
  const [exported] = kept.getFinishedSpans();
  const spans = spansOf(ProtobufTraceSerializer.serializeRequest(kept.getFinishedSpans()) ?? new Uint8Array());
  expect(spans).toEqual([
    {
      service: 'sender',
      traceId: exported?.spanContext().traceId,
      spanId: exported?.spanContext().spanId,
      parentSpanId: '',
      name: 'an operation',
      kind: 5,
      links: [],
      attributes: { colour: 'blue' },
      failure: 'BROKEN',
    },
  ]);
});

test('the receiver reads gauges and sums as the exporter writes them', async () => {
  const kept = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: kept, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ 'service.name': 'sender' }),
    readers: [reader],
  });
  const meter = provider.getMeter('test');
  meter.createObservableGauge('state').addCallback((result) => result.observe(2, { breaker: 'a' }));
  meter.createCounter('calls').add(3);
  await reader.forceFlush();
  const [exported] = kept.getMetrics();
  if (!exported) throw new Error('nothing was exported');
  expect(measurementsOf(ProtobufMetricsSerializer.serializeRequest(exported) ?? new Uint8Array())).toEqual([
    { service: 'sender', name: 'state', attributes: { breaker: 'a' }, value: 2 },
    { service: 'sender', name: 'calls', attributes: {}, value: 3 },
  ]);
  await provider.shutdown();
});
