import type { JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { deadLetterStream, isMissing, managerOf, serviceStream } from '../events/streams.ts';
import { observeTogether, type Reading } from '../telemetry/gauges.ts';
import { type Consumer, durableName } from './consumer.ts';

/** Attribute of the semantic conventions for messaging: on these gauges, on spans and on the histogram of handling. */
export const consumerAttribute = 'messaging.consumer.group.name';

interface Observed {
  service: string;
  consumers: readonly Consumer[];
  nats: NatsConnection;
}

/**
 * How far behind its stream each consumer of the service is, and how many events it has parked. Every process of a service asks the broker and
 * gets the same answer, whether or not it is the one that consumes; so sums over processes mean nothing, the maximum does.
 */
export function observeConsumers({ service, consumers, nats }: Observed): void {
  if (consumers.length === 0) return;
  const observed = consumers.map((consumer) => {
    const name = durableName(service, consumer);
    return { name, stream: serviceStream(consumer.source).name, attributes: { [consumerAttribute]: name } };
  });
  observeTogether(
    { 'jangbu.consumer.lag': { description: 'Events that are not handled yet', unit: '{message}' } },
    async () => {
      const manager = await managerOf(nats);
      const lags = await Promise.all(
        observed.map(async ({ stream, name, attributes }): Promise<Reading[]> => {
          const value = await lagOf(manager, stream, name);
          return value === undefined ? [] : [{ value, attributes }];
        }),
      );
      return { 'jangbu.consumer.lag': lags.flat() };
    },
  );
  observeTogether(
    { 'jangbu.dead_letters': { description: 'Events that were parked and wait for somebody', unit: '{message}' } },
    async () => {
      const parked = await deadLetters(await managerOf(nats), service);
      return {
        'jangbu.dead_letters': observed.map(({ name, attributes }) => ({ value: parked.get(name) ?? 0, attributes })),
      };
    },
  );
}

/** What waits in the stream and what is delivered but not confirmed: a consumer that is stuck has up to 256 of the latter. Undefined before the first consumption. */
async function lagOf(manager: JetStreamManager, stream: string, name: string): Promise<number | undefined> {
  try {
    const { num_pending, num_ack_pending } = await manager.consumers.info(stream, name);
    return num_pending + num_ack_pending;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Parked events of a service by consumer. Their subjects are `jangbu-dead.<service>.<consumer>.<event id>`. */
async function deadLetters(manager: JetStreamManager, service: string): Promise<Map<string, number>> {
  const parked = new Map<string, number>();
  try {
    const { state } = await manager.streams.info(deadLetterStream.name);
    if (state.messages === 0) return parked;
    const { state: own } = await manager.streams.info(deadLetterStream.name, {
      subjects_filter: `jangbu-dead.${service}.>`,
    });
    for (const [subject, count] of Object.entries(own.subjects ?? {})) {
      const name = subject.split('.')[2] ?? '';
      parked.set(name, (parked.get(name) ?? 0) + count);
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return parked;
}
