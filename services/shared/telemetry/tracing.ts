import type { Metadata } from '@grpc/grpc-js';
import { context, propagation, type TextMapGetter, type TextMapSetter, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { createLogger, type Logger } from './log.ts';
import { sayingWhenRefused, signalUrl } from './otlp.ts';
import { jangbuResource } from './resource.ts';
import { type Sampling, samplerOf } from './sampling.ts';
import { unrecorded } from './unrecorded.ts';

/**
 * Sets tracing up for this process. Spans are made by hand where calls, transactions, publications and deliveries pass,
 * which in this code base are five places, so no library is patched. Trace ids are made
 * (and reach logs and events) also where nothing is exported.
 */
export async function startTracing(
  service: string,
  endpoint: string | undefined,
  sampling: Sampling = { sampler: 'parentbased_always_on', ratio: 1 },
  log: Logger = createLogger(service, 'warn'),
): Promise<AsyncDisposable> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({
      propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    }),
  );
  if (!endpoint) {
    trace.setGlobalTracerProvider(unrecorded);
    return { [Symbol.asyncDispose]: async () => {} };
  }
  const provider = await exportingProvider(service, endpoint, sampling, log);
  trace.setGlobalTracerProvider(provider);
  return { [Symbol.asyncDispose]: () => provider.shutdown().catch(() => {}) };
}

/** Loaded only where spans are exported: it costs a tenth of a second of every start. */
async function exportingProvider(service: string, endpoint: string, sampling: Sampling, log: Logger) {
  const [library, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
  ]);
  const exporter = new OTLPTraceExporter({ url: signalUrl(endpoint, 'traces') });
  return new library.NodeTracerProvider({
    resource: jangbuResource(service),
    sampler: samplerOf(sampling, library),
    spanProcessors: [
      new library.BatchSpanProcessor(sayingWhenRefused(exporter, 'traces', log), { scheduledDelayMillis: 500 }),
    ],
  });
}

export function tracer() {
  return trace.getTracer('jangbu');
}

/** Reads the trace context out of gRPC metadata. */
export const metadataGetter: TextMapGetter<Metadata> = {
  keys: (metadata) => Object.keys(metadata.getMap()),
  get: (metadata, key) => metadata.get(key).map(String),
};

/** Writes the trace context into gRPC metadata. */
export const metadataSetter: TextMapSetter<Metadata> = {
  set: (metadata, key, value) => metadata.set(key, value),
};
