import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { expect, test } from 'vitest';
import { spansOf } from './otlp.ts';

test('the receiver reads what the exporter writes', () => {
  const kept = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'sender' }),
    spanProcessors: [new SimpleSpanProcessor(kept)],
  });
  const span = provider.getTracer('test').startSpan('an operation', { kind: 4 });
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
    },
  ]);
});
