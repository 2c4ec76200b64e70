import { type Context, context, type Link, type Span, SpanKind, TraceFlags, trace } from '@opentelemetry/api';
import { destinationOf } from '../events/destination.ts';
import { messageContext } from '../events/headers.ts';
import { errorType, failSpan } from '../telemetry/spanFailure.ts';
import { tracer } from '../telemetry/tracing.ts';
import { Drop } from './consumer.ts';
import type { Delivery } from './delivery.ts';
import { originalSubject } from './letter.ts';
import { consumerAttribute } from './observe.ts';

type EventDelivery = Extract<Delivery, { kind: 'event' }>;

const processing = {
  'messaging.system': 'nats',
  'messaging.operation.name': 'process',
  'messaging.operation.type': 'process',
} as const;

/** The handling of one event, as traces and histograms know it. */
export interface Handling {
  span: Span;
  /** What the handler runs in. */
  context: Context;
  destination: string;
  startedAt: number;
}

/**
 * The handling as a span under the publication of the event, so that a trace goes on from end to end; linked to it as well, as the conventions
 * want it of a consumer.
 */
export function startHandling(consumer: string, { message, handler, envelope }: EventDelivery): Handling {
  const parent = messageContext(message.headers);
  const destination = destinationOf(originalSubject(message));
  const span = tracer().startSpan(
    `process ${handler.schema.name}`,
    {
      kind: SpanKind.CONSUMER,
      links: linksTo([parent]),
      attributes: {
        ...processing,
        'messaging.destination.name': destination,
        [consumerAttribute]: consumer,
        'messaging.message.id': envelope.id,
      },
    },
    parent,
  );
  return { span, context: trace.setSpan(parent, span), destination, startedAt: performance.now() };
}

/**
 * Events that are handled in one transaction, as a span of which that transaction is a part. It can belong to one trace only: the
 * first of theirs that is recorded. To the others it is linked.
 */
export function asBatch<T>(consumer: string, events: readonly EventDelivery[], run: () => Promise<T>): Promise<T> {
  const parents = events.map(({ message }) => messageContext(message.headers));
  const links = linksTo(parents);
  const attributes = { ...processing, [consumerAttribute]: consumer, 'messaging.batch.message_count': events.length };
  const parent = parents.find(isSampled) ?? parents[0] ?? context.active();
  return tracer().startActiveSpan('process batch', { kind: SpanKind.CONSUMER, links, attributes }, parent, (span) =>
    run()
      .catch((error) => {
        endedBy(error, span);
        throw error;
      })
      .finally(() => span.end()),
  );
}

/** The name of what handling failed of; nothing where the handler has decided that there is nothing to do for an event. */
export function endedBy(error: unknown, span: Span): string {
  if (error instanceof Drop) return '';
  failSpan(span, error);
  return errorType(error);
}

function linksTo(parents: readonly Context[]): Link[] {
  return parents.flatMap((parent) => {
    const producer = trace.getSpanContext(parent);
    return producer ? [{ context: producer }] : [];
  });
}

function isSampled(parent: Context): boolean {
  return ((trace.getSpanContext(parent)?.traceFlags ?? TraceFlags.NONE) & TraceFlags.SAMPLED) !== 0;
}
