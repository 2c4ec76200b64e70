import { jetstream, type PubAck } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { SpanKind, trace } from '@opentelemetry/api';
import { ensureConnected, onDisconnect } from '../events/connection.ts';
import { destinationOf } from '../events/destination.ts';
import { eventHeaders, storedContext } from '../events/headers.ts';
import { killPoint } from '../process/killPoint.ts';
import { failSpan } from '../telemetry/spanFailure.ts';
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
  const lost = Promise.withResolvers<never>();
  // Nobody may be listening yet, or any more, when it is rejected.
  lost.promise.catch(() => {});
  const stopWatching = onDisconnect(nats, () => lost.reject(new Error('the connection to the broker was lost')));
  try {
    await ensureConnected(nats);
    const client = jetstream(nats, { timeout: ackTimeoutMs });
    const answers = await Promise.allSettled(
      rows.map((row, index) => {
        const expect = { lastSequence: lastSequence + index };
        return publishOne(row, (headers) =>
          Promise.race([client.publish(row.subject, row.body, { msgID: row.id, headers, expect }), lost.promise]),
        );
      }),
    );
    return summary(answers);
  } catch (failure) {
    return { published: 0, lastSequence: undefined, failure };
  } finally {
    stopWatching();
  }
}

function summary(answers: PromiseSettledResult<PubAck>[]): Published {
  const confirmed: PubAck[] = [];
  for (const answer of answers) {
    if (answer.status === 'rejected') {
      return { published: confirmed.length, lastSequence: undefined, failure: answer.reason };
    }
    confirmed.push(answer.value);
  }
  const repeated = confirmed.some(({ duplicate }) => duplicate);
  return {
    published: confirmed.length,
    lastSequence: repeated ? undefined : confirmed.at(-1)?.seq,
    failure: undefined,
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
        'messaging.operation.type': 'send',
        'messaging.destination.name': destinationOf(row.subject),
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
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}
