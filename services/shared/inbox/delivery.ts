import { fromBinary } from '@bufbuild/protobuf';
import type { JsMsg } from '@nats-io/jetstream';
import { Fault } from '../errors/fault.ts';
import { readHeaderText } from '../events/token.ts';
import type { Consumer, Envelope, Handler } from './consumer.ts';

/** A message as a consumer sees it. */
export type Delivery = { message: JsMsg } & Reading;

export type Reading =
  | { kind: 'event'; handler: Handler; event: unknown; envelope: Envelope }
  | { kind: 'unhandled' }
  | { kind: 'malformed'; fault: Fault };

/** Reads a message; what cannot be read is an outcome too, never an exception. */
export function read(message: JsMsg, consumer: Consumer): Delivery {
  try {
    return { message, ...parse(message, consumer) };
  } catch (cause) {
    const fault =
      cause instanceof Fault
        ? cause
        : new Fault('EVENT_MALFORMED', { message: `the body is not what its type says: ${String(cause)}`, cause });
    return { message, kind: 'malformed', fault };
  }
}

function parse(message: JsMsg, consumer: Consumer): Reading {
  const type = header(message, 'ce-type');
  const handler = consumer.handlers.get(type);
  if (!handler) {
    const other = otherVersion(type, consumer);
    if (!other) return { kind: 'unhandled' };
    throw new Fault('EVENT_MALFORMED', { message: `${type} is of a version unknown here; ${other} is known` });
  }
  const envelope = readEnvelope(message, type);
  const { schema, decode = (body) => fromBinary(schema, body) } = handler;
  return { kind: 'event', handler, event: decode(message.data), envelope };
}

function readEnvelope(message: JsMsg, type: string): Envelope {
  const time = new Date(header(message, 'ce-time'));
  if (Number.isNaN(time.getTime())) throw new Fault('EVENT_MALFORMED', { message: 'the header ce-time is not a time' });
  return {
    id: header(message, 'ce-id'),
    type,
    time,
    subject: readHeaderText(header(message, 'ce-subject')),
    source: header(message, 'ce-source').replace(/^jangbu\//, ''),
    sequence: readSequence(message),
  };
}

function readSequence(message: JsMsg): bigint {
  const text = message.headers?.get('ce-sequence') || '0';
  if (/^\d{1,19}$/.test(text)) return BigInt(text);
  throw new Fault('EVENT_MALFORMED', { message: 'the header ce-sequence is not a whole number' });
}

function header(message: JsMsg, name: string): string {
  const value = message.headers?.get(name);
  if (!value) throw new Fault('EVENT_MALFORMED', { message: `the header ${name} is missing` });
  return value;
}

/** `jangbu.ordering.v2.LineActivated`, where `jangbu.ordering.v1.LineActivated` is handled, must not be passed over. */
function otherVersion(type: string, consumer: Consumer): string | undefined {
  return [...consumer.handlers.keys()].find((name) => withoutVersion(name) === withoutVersion(type));
}

function withoutVersion(type: string): string {
  return type.replace(/\.v[0-9][^.]*\.([^.]+)$/, '.$1');
}
