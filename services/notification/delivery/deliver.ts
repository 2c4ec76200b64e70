import { context, SpanKind, trace } from '@opentelemetry/api';
import { MessageSentSchema } from '#proto/notification/v1/events';
import type { Database } from '#shared/database/database';
import { storedContext } from '#shared/events/headers';
import { emit } from '#shared/outbox/outbox';
import { killPoint } from '#shared/process/killPoint';
import type { Logger } from '#shared/telemetry/log';
import { failSpan } from '#shared/telemetry/spanFailure';
import { tracer } from '#shared/telemetry/tracing';
import type { Channel, QueuedMessage } from '../domain/message.ts';
import { afterAttempt, type Outcome, type RetryPolicy } from '../domain/retry.ts';
import { messageToProto } from '../rpc/convert.ts';
import { putProgress } from '../store/queue.ts';
import type { FetchDocument } from './documents.ts';
import { prepare } from './prepare.ts';
import type { Send } from './sender.ts';

/** What an attempt needs. */
export interface Post {
  database: Database;
  senders: Record<Channel, Send>;
  fetchDocument: FetchDocument;
  policy: RetryPolicy;
  now: () => Date;
  /** In [0, 1). */
  random: () => number;
  log: Logger;
}

/**
 * One attempt: send, then store how it ended. A process that dies in between sends again under the same id, by which
 * the receiver recognises the repeat; the event MessageSent is emitted once, because it commits with the state.
 */
export function deliver(post: Post, queued: QueuedMessage): Promise<void> {
  const parent = storedContext(queued.traceparent);
  const attributes = { 'jangbu.message.id': queued.id, 'jangbu.message.template': queued.template };
  const span = tracer().startSpan(`send ${queued.channel}`, { kind: SpanKind.CLIENT, attributes }, parent);
  return context.with(trace.setSpan(parent, span), async () => {
    try {
      const { kind } = await attempt(post, queued);
      // Why stands in the message itself; a provider's words may repeat whom it was meant for.
      if (kind !== 'sent') failSpan(span, new NotSent(kind));
    } catch (error) {
      failSpan(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** An attempt without a message sent, by how it ended. */
class NotSent extends Error {
  constructor(kind: string) {
    super(kind);
    this.name = kind;
  }
}

async function attempt(post: Post, queued: QueuedMessage): Promise<Outcome> {
  const prepared = await prepare(post.database, post.fetchDocument, queued);
  const outcome = prepared.ready ? await post.senders[queued.channel](prepared.message) : prepared.outcome;
  killPoint('notification.after-send');
  const to = prepared.ready ? prepared.message.to : queued.to;
  await store(post, { ...queued, to }, outcome);
  return outcome;
}

async function store(post: Post, queued: QueuedMessage, outcome: Outcome): Promise<void> {
  const progress = afterAttempt(post.policy, queued, outcome, post.now(), post.random());
  await post.database.transaction(async (tx) => {
    const row = await putProgress(tx, queued, progress);
    if (row?.state === 'SENT') await emit(tx, MessageSentSchema, { message: messageToProto(row) });
  });
  const { id, channel, template } = queued;
  // Neither text nor address: a log is read by more people than a message is meant for.
  const facts = { message: id, channel, template, outcome: outcome.kind, attempts: progress.attempts };
  if (progress.state === 'FAILED') post.log.warn(facts, 'message given up');
  else post.log.debug(facts, 'message attempted');
}
