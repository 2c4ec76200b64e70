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

/** Streams are made where they are needed first, by emitters and consumers alike, so no start order has to be kept. */
export async function ensureStream(manager: JetStreamManager, shape: StreamShape): Promise<StreamInfo> {
  try {
    return await manager.streams.info(shape.name);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  try {
    return await manager.streams.add(configOf(shape));
  } catch (error) {
    // Another process may have been faster, with another setting of its own.
    return await manager.streams.info(shape.name).catch(() => {
      throw error;
    });
  }
}

function configOf(shape: StreamShape): Partial<StreamConfig> & { name: string } {
  return {
    name: shape.name,
    subjects: shape.subjects,
    retention: shape.retention,
    storage: StorageType.File,
    max_age: nanos(shape.maxAgeMs),
    duplicate_window: nanos(120_000),
  };
}

/** The manager without the client's own check of the account, which would fail a start while the broker is away. */
export function managerOf(nats: NatsConnection): Promise<JetStreamManager> {
  return jetstreamManager(nats, { checkAPI: false });
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
