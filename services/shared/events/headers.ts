import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { type Context, context, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { headerText } from './token.ts';

/** An event as the outbox keeps it. */
export interface StoredEvent {
  id: string;
  subject: string;
  type: string;
  service: string;
  aggregateId: string;
  /** Its place in the outbox; grows with every event of the same aggregate. */
  position: bigint;
  time: Date;
  body: Uint8Array;
}

/** CloudEvents 1.0 in binary mode, and the trace context of whoever publishes. */
export function eventHeaders(event: StoredEvent, publishing: Context): MsgHdrs {
  const hdrs = headers();
  hdrs.set('ce-specversion', '1.0');
  hdrs.set('ce-id', event.id);
  hdrs.set('ce-source', `jangbu/${event.service}`);
  hdrs.set('ce-type', event.type);
  hdrs.set('ce-time', event.time.toISOString());
  hdrs.set('ce-subject', headerText(event.aggregateId));
  hdrs.set('ce-sequence', String(event.position));
  hdrs.set('ce-datacontenttype', 'application/protobuf');
  propagation.inject(publishing, hdrs, {
    set: (carrier, key, value) => carrier.set(key, value),
  });
  return hdrs;
}

/** The trace context that came with a message. */
export function messageContext(hdrs: MsgHdrs | undefined): Context {
  if (!hdrs) return ROOT_CONTEXT;
  return propagation.extract(ROOT_CONTEXT, hdrs, {
    keys: (carrier) => carrier.keys(),
    get: (carrier, key) => carrier.get(key),
  });
}

/** The active trace context as a `traceparent`, to be kept with what is done about it later. */
export function activeTraceparent(): string | null {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent ?? null;
}

/** The trace context behind a stored `traceparent`. */
export function storedContext(traceparent: string | null): Context {
  return traceparent === null ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent });
}
