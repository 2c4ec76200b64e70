import { jetstream, type PubAck } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { eventHeaders, storedContext } from '../events/headers.ts';
import { killPoint } from '../process/killPoint.ts';
import { tracer } from '../telemetry/tracing.ts';
import type { OutboxRow } from './rows.ts';

export interface Published {
  /** How many of the rows, counted from the first, JetStream has for certain. */
  published: number;
  /** The stream's last sequence, where it is known. */
  lastSequence: number | undefined;
  /** Why the rest was not published. */
  failure: unknown;
}

const ackTimeoutMs = 5_000;

/**
 * Publishes rows in one pipeline, without waiting for one confirmation before the next row. Order survives a failure
 * in the middle because every message names the stream's last sequence that it expects: with the message
 * before it missing, JetStream refuses it. What JetStream has already (a repeat after a crash) it
 * confirms by `Nats-Msg-Id` as a duplicate, which does not move the sequence.
 */
export async function publish(nats: NatsConnection, rows: OutboxRow[], lastSequence: number): Promise<Published> {
  const client = jetstream(nats, { timeout: ackTimeoutMs });
  const answers = await Promise.allSettled(
    rows.map((row, index) =>
      publishOne(row, (headers) =>
        client.publish(row.subject, row.body, {
          msgID: row.id,
          headers,
          expect: { lastSequence: lastSequence + index },
        }),
      ),
    ),
  );
  const failed = answers.findIndex(({ status }) => status === 'rejected');
  const confirmed = (failed === -1 ? answers : answers.slice(0, failed)) as PromiseFulfilledResult<PubAck>[];
  const failure = failed === -1 ? undefined : (answers[failed] as PromiseRejectedResult).reason;
  const predictable = failure === undefined && confirmed.every(({ value }) => !value.duplicate);
  return {
    published: confirmed.length,
    lastSequence: predictable ? confirmed.at(-1)?.value.seq : undefined,
    failure,
  };
}

/** The publication as a span under the transaction that emitted the event; consumers continue from it. */
async function publishOne(
  row: OutboxRow,
  send: (headers: ReturnType<typeof eventHeaders>) => Promise<PubAck>,
): Promise<PubAck> {
  const parent = storedContext(row.traceparent);
  const span = tracer().startSpan(
    `publish ${row.type.slice(row.type.lastIndexOf('.') + 1)}`,
    {
      kind: SpanKind.PRODUCER,
      attributes: {
        'messaging.system': 'nats',
        'messaging.operation.name': 'publish',
        'messaging.destination.name': row.subject,
        'messaging.message.id': row.id,
      },
    },
    parent,
  );
  try {
    const answer = send(eventHeaders(row, trace.setSpan(parent, span)));
    killPoint('outbox.after-send');
    return await answer;
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    throw error;
  } finally {
    span.end();
  }
}
