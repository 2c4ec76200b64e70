import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { Transaction } from '../database/database.ts';
import { eventType } from '../events/eventType.ts';

/** What is known of an event besides its body. */
export interface Envelope {
  /** The event's id; the same on every delivery. */
  id: string;
  /** Full name of its message. */
  type: string;
  /** When it happened. */
  time: Date;
  /** Id of the aggregate that it is about. */
  subject: string;
  /** Name of the service that emitted it. */
  source: string;
  /**
   * Its place in the outbox of its source. Of two events about one aggregate the later one has the greater number, whatever order
   * they come in. 0 where the message does not say, as messages of before the number was sent.
   */
  sequence: bigint;
}

export interface Handler {
  schema: DescMessage;
  /** How the body is read; by default it becomes the schema's message. What it throws parks the event as malformed. */
  decode?: (body: Uint8Array) => unknown;
  handle(event: unknown, tx: Transaction, envelope: Envelope): Promise<void>;
}

/**
 * Handles one type of event, in the transaction that also records it as handled. All it does must be done through `tx`:
 * it is rolled back and repeated when anything goes wrong.
 */
export function on<Desc extends DescMessage>(
  schema: Desc,
  handle: (event: MessageShape<Desc>, tx: Transaction, envelope: Envelope) => Promise<void>,
): Handler {
  return {
    schema,
    handle: (event, tx, envelope) => handle(event as MessageShape<Desc>, tx, envelope),
  };
}

/** The same for events that are large and many: `decode` reads of the body what the handler needs, without an object for all that is in it. */
export function onBody<Read>(
  schema: DescMessage,
  decode: (body: Uint8Array) => Read,
  handle: (read: Read, tx: Transaction, envelope: Envelope) => Promise<void>,
): Handler {
  return { schema, decode, handle: (read, tx, envelope) => handle(read as Read, tx, envelope) };
}

/** Events of one source, handled strictly in their order. Everything without a handler is passed over. */
export interface Consumer {
  source: string;
  aggregates: readonly string[];
  /** By the full name of the event's message. */
  handlers: ReadonlyMap<string, Handler>;
  finish: (tx: Transaction) => Promise<void>;
}

/**
 * With `aggregates` the consumer gets only events about those, and has a place in the stream of its own. `finish` is called once in every
 * transaction, behind its last handler: for what is cheaper to do for many events together. It fails them all if it fails; they are
 * then handled one by one.
 */
export function consumer(options: {
  source: string;
  aggregates?: string[];
  handlers: Handler[];
  finish?: (tx: Transaction) => Promise<void>;
}): Consumer {
  const { source, aggregates = [], finish = async () => {} } = options;
  const handlers = new Map<string, Handler>();
  for (const handler of options.handlers) {
    const { name, service, aggregate } = eventType(handler.schema);
    if (handlers.has(name)) throw new Error(`two handlers for ${name}`);
    if (service !== source) throw new Error(`${name} is emitted by ${service}, not by ${source}`);
    if (aggregates.length > 0 && !aggregates.includes(aggregate)) {
      throw new Error(`${name} is about a ${aggregate}, which the consumer does not ask for`);
    }
    handlers.set(name, handler);
  }
  return { source, aggregates, handlers, finish };
}

/** The durable name of a service's consumer: `<service>_<source>[_<aggregates>]`. */
export function durableName(service: string, { source, aggregates }: Consumer): string {
  return [service, source, ...aggregates].join('_');
}

/** Thrown by a handler: not yet. The event is kept and tried again until it succeeds; the events behind it wait. */
export class Retry extends Error {
  override readonly name = 'Retry';
}

/** Thrown by a handler: never mind. The event is recorded as dropped for this reason and not seen again. */
export class Drop extends Error {
  override readonly name = 'Drop';
}
