import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

export interface SeenEvent {
  /** The event's name, such as `RatingAccountOpened`. */
  readonly name: string;
  readonly id: string;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** Every event on the subjects so far, oldest first, read by a consumer that leaves no trace. */
export async function eventsOn(natsUrl: string, service: string, subject: string): Promise<SeenEvent[]> {
  const connection = await connect({ servers: natsUrl });
  try {
    const stream = `JANGBU_${service.toUpperCase()}`;
    const manager = await jetstreamManager(connection);
    const info = await manager.consumers.add(stream, {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.All,
      filter_subject: subject,
      inactive_threshold: 10_000_000_000,
    });
    const events: SeenEvent[] = [];
    if (info.num_pending > 0) {
      const consumer = await jetstream(connection).consumers.get(stream, info.name);
      const messages = await consumer.fetch({ max_messages: info.num_pending, expires: 5000 });
      for await (const message of messages) {
        const headers = Object.fromEntries(
          (message.headers?.keys() ?? []).map((key) => [key, message.headers?.get(key) ?? '']),
        );
        events.push({
          name: message.subject.split('.')[3] ?? '',
          id: headers['ce-id'] ?? '',
          subject: message.subject,
          data: message.data,
          headers,
        });
      }
    }
    await manager.consumers.delete(stream, info.name);
    return events;
  } finally {
    await connection.close();
  }
}

/** The names of all events about one thing. */
export async function eventNames(natsUrl: string, service: string, aggregate: string, id: string): Promise<string[]> {
  const events = await eventsOn(natsUrl, service, `jangbu.${service}.${aggregate}.*.v1.${id}`);
  return events.map(({ name }) => name);
}
