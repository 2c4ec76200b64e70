import {
  AckPolicy,
  type ConsumerInfo,
  DeliverPolicy,
  type JetStreamManager,
  RetentionPolicy,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { ensureStream, isMissing, type StreamShape } from '../events/streams.ts';

/** A durable consumer, as the place in a stream where its service has arrived. */
export interface Durable {
  stream: StreamShape;
  name: string;
  filter: string;
}

/** How many messages may be under way to the one process that reads them. */
export const mostUnderWay = 256;
export const ackWaitMs = 30_000;

/**
 * Makes the durable ready so that the next message delivered is the first one not confirmed yet. JetStream keeps what it has
 * delivered to a process that died until its acknowledgement is overdue, and delivers what lies behind it meanwhile; that would
 * break the order. So a durable with deliveries under way is made anew at the place it had reached.
 * A durable that is missing begins at the stream's first message: the inbox knows what was handled.
 */
export async function readyDurable(manager: JetStreamManager, durable: Durable): Promise<ConsumerInfo> {
  const { stream, name } = durable;
  const { created } = await ensureStream(manager, stream);
  const found = await manager.consumers.info(stream.name, name).catch((error) => {
    if (!isMissing(error)) throw error;
  });
  if (found && found.num_ack_pending === 0 && found.config.filter_subject === durable.filter) return found;
  let start: number | undefined;
  if (found) {
    // A work queue keeps just what is not confirmed, so there the first message is the right one.
    if (stream.retention !== RetentionPolicy.Workqueue) {
      start = Math.max(found.ack_floor.stream_seq + 1, found.config.opt_start_seq ?? 1);
    }
    await manager.consumers.delete(stream.name, name);
  }
  const made = await add(manager, durable, start);
  const after = await manager.streams.info(stream.name);
  if (after.created === created) return made;
  // The stream was replaced meanwhile, so its sequences mean something else now.
  await manager.consumers.delete(stream.name, name);
  return add(manager, durable, undefined);
}

function add(manager: JetStreamManager, { stream, name, filter }: Durable, start: number | undefined) {
  return manager.consumers.add(stream.name, {
    durable_name: name,
    filter_subject: filter,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ackWaitMs),
    max_ack_pending: mostUnderWay,
    max_deliver: -1,
    ...(start === undefined
      ? { deliver_policy: DeliverPolicy.All }
      : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: start }),
  });
}
