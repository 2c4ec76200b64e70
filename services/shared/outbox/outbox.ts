import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { Transaction } from '../database/database.ts';
import { aggregateId, eventType, subjectOf } from '../events/eventType.ts';
import { activeTraceparent } from '../events/headers.ts';
import { newId } from '../ids.ts';
import { killPoint } from '../process/killPoint.ts';

/** JetStream takes 1 MiB a message by default; the rest of it is for the headers. */
const mostBytes = 1_000_000;

/**
 * Emits an event: it is published if, and only if, the transaction commits.
 * Invariant: the transaction holds the row lock of the aggregate that the event is about. That lock puts
 * the commits of one aggregate in the order of its events, and the relay keeps that order.
 * Returns the event's id.
 */
export async function emit<Desc extends DescMessage>(
  tx: Transaction,
  schema: Desc,
  init: MessageInitShape<Desc>,
): Promise<string> {
  const [id] = await emitMany(tx, schema, [init]);
  if (id === undefined) throw new Error('unreachable: one event was emitted');
  return id;
}

/**
 * Emits events of one type with one statement, in the order given. Returns their ids in that order. Where a transaction works for
 * several callers, `traceparents` says for each event whose trace it belongs to; else all belong to the active one.
 */
export async function emitMany<Desc extends DescMessage>(
  tx: Transaction,
  schema: Desc,
  inits: MessageInitShape<Desc>[],
  traceparents?: (string | null)[],
): Promise<string[]> {
  if (inits.length === 0) return [];
  const { name, aggregate } = eventType(schema);
  const events = inits.map((init) => encode(schema, init));
  const active = activeTraceparent();
  // Named: parsed and planned once a connection, not once a transaction.
  await tx.client.query({
    name: 'outbox_emit',
    text: `insert into outbox (id, aggregate, aggregate_id, type, subject, time, traceparent, body)
     select event.id, $1, event.aggregate_id, $2, event.subject, clock_timestamp(), event.traceparent, event.body
     from unnest($3::text[], $4::uuid[], $5::text[], $6::text[], $7::bytea[])
       as event (traceparent, id, aggregate_id, subject, body)`,
    values: [
      aggregate,
      name,
      events.map((_, index) => traceparents?.[index] ?? active),
      events.map(({ id }) => id),
      events.map(({ aggregateId }) => aggregateId),
      events.map(({ subject }) => subject),
      events.map(({ body }) => body),
    ],
  });
  killPoint('outbox.before-commit');
  return events.map(({ id }) => id);
}

/**
 * Emits one event that is encoded already, which for a large one spares the way through an object for all that is in it, and that of bytes through text.
 * Returns its id.
 */
export async function emitEncoded(tx: Transaction, schema: DescMessage, about: string, body: Buffer): Promise<string> {
  const { name, aggregate } = eventType(schema);
  requireFit(schema, about, body);
  const id = newId();
  await tx.client.query({
    name: 'outbox_emit_encoded',
    text: `insert into outbox (id, aggregate, aggregate_id, type, subject, time, traceparent, body)
     values ($1, $2, $3, $4, $5, clock_timestamp(), $6, $7)`,
    values: [id, aggregate, about, name, subjectOf(schema, about), activeTraceparent(), body],
  });
  killPoint('outbox.before-commit');
  return id;
}

function requireFit({ typeName }: DescMessage, about: string, body: Buffer): void {
  if (body.length <= mostBytes) return;
  throw new Error(`${typeName} of ${about} has ${body.length} bytes; an event holds at most ${mostBytes}`);
}

function encode<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>) {
  const message = create(schema, init);
  const about = aggregateId(schema, message);
  const body = Buffer.from(toBinary(schema, message));
  requireFit(schema, about, body);
  return {
    id: newId(),
    aggregateId: about,
    subject: subjectOf(schema, about),
    body,
  };
}
