import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StoredMsg,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';

export interface StreamShape {
  name: string;
  subjects: string[];
  retention: RetentionPolicy;
  /** 0 keeps messages for ever. */
  maxAgeMs: number;
}

const day = 24 * 60 * 60 * 1000;

/** The stream of one service's events. A week is enough for every consumer to catch up; the outbox keeps them for ever. */
export function serviceStream(service: string, maxAgeMs: number = 7 * day): StreamShape {
  return {
    name: `JANGBU_${service.toUpperCase()}`,
    subjects: [`jangbu.${service}.>`],
    retention: RetentionPolicy.Limits,
    maxAgeMs,
  };
}

/** Parked events of all services: `jangbu-dead.<service>.<consumer>.<event id>`. They stay until somebody redrives them. */
export const deadLetterStream: StreamShape = {
  name: 'JANGBU_DEAD_LETTERS',
  subjects: ['jangbu-dead.>'],
  retention: RetentionPolicy.Limits,
  maxAgeMs: 0,
};

/** Events on their way back to the one consumer that had parked them: `jangbu-redrive.<service>.<consumer>`. */
export const redriveStream: StreamShape = {
  name: 'JANGBU_REDRIVES',
  subjects: ['jangbu-redrive.>'],
  retention: RetentionPolicy.Workqueue,
  maxAgeMs: 0,
};

// How many servers keep a stream belongs to the broker that a connection leads to, not to any one stream.
const replicasByConnection = new WeakMap<NatsConnection, number>();
const replicasByManager = new WeakMap<JetStreamManager, number>();

/** From now on streams made over the connection are kept by so many servers; fewer than that are raised to it. */
export function wantReplicas(nats: NatsConnection, replicas: number): void {
  replicasByConnection.set(nats, replicas);
}

export function wantedReplicas(nats: NatsConnection): number {
  return replicasByConnection.get(nats) ?? 1;
}

/** Streams are made where they are needed first, by emitters and consumers alike, so no start order has to be kept. */
export async function ensureStream(manager: JetStreamManager, shape: StreamShape): Promise<StreamInfo> {
  const replicas = replicasByManager.get(manager) ?? 1;
  try {
    return await raiseReplicas(manager, await manager.streams.info(shape.name), replicas);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  try {
    return await manager.streams.add(configOf(shape, replicas));
  } catch (error) {
    // Another process may have been faster, with another setting of its own.
    return await manager.streams.info(shape.name).catch(() => {
      throw error;
    });
  }
}

/** Never lowers them: that is decided by hand. A broker that has too few servers at the moment is asked again the next time. */
async function raiseReplicas(manager: JetStreamManager, info: StreamInfo, replicas: number): Promise<StreamInfo> {
  if (info.config.num_replicas >= replicas) return info;
  return manager.streams.update(info.config.name, { num_replicas: replicas }).catch(() => info);
}

function configOf(shape: StreamShape, replicas: number): Partial<StreamConfig> & { name: string } {
  return {
    name: shape.name,
    num_replicas: replicas,
    subjects: shape.subjects,
    retention: shape.retention,
    storage: StorageType.File,
    max_age: nanos(shape.maxAgeMs),
    duplicate_window: nanos(120_000),
  };
}

/** The manager without the client's own check of the account, which would fail a start while the broker is away. */
export async function managerOf(nats: NatsConnection): Promise<JetStreamManager> {
  const manager = await jetstreamManager(nats, { checkAPI: false });
  replicasByManager.set(manager, wantedReplicas(nats));
  return manager;
}

export type MessageQuery = Parameters<JetStreamManager['streams']['getMessage']>[1];

/**
 * One stored message; null where the stream, or such a message, does not exist. The stream is asked first whether it holds
 * anything: nats-server 2.9 dies of a question to a stream that another client is just having made.
 */
export async function storedMessage(
  manager: JetStreamManager,
  stream: string,
  query: MessageQuery,
): Promise<StoredMsg | null> {
  try {
    const { state } = await manager.streams.info(stream);
    return state.messages === 0 ? null : await manager.streams.getMessage(stream, query);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Whether the error says that the stream or the consumer does not exist (any more). */
export function isMissing(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError &&
    (error.code === JetStreamApiCodes.StreamNotFound || error.code === JetStreamApiCodes.ConsumerNotFound)
  );
}
