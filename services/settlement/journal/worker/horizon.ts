import type { NatsConnection } from '@nats-io/transport-node';
import type { Sql } from '#shared/database/database';
import { managerOf, serviceStream } from '#shared/events/streams';
import { horizonOf } from '../domain/span.ts';
import { extentOf } from '../store/readEntries.ts';

/** Says up to when both books must be complete. */
export type Horizon = () => Promise<Date>;

/** Whether events that settlement has not posted wait in the broker. */
export type IsWaiting = () => Promise<boolean>;

export function horizon(sql: Sql, options: { lagMs: number; now: () => Date; isWaiting: IsWaiting }): Horizon {
  return async () => {
    // The time first: what is posted in between only makes the journal more complete than this says.
    const now = options.now();
    const waiting = (await options.isWaiting()) ? { newestEntry: (await extentOf(sql)).last } : undefined;
    return horizonOf(now, options.lagMs, waiting);
  };
}

/**
 * Asks JetStream how far the durable is. No answer counts as waiting: without it nobody knows what is still to come, and
 * a backlog must not be taken for entries that are lost.
 */
export function durableIsWaiting(nats: NatsConnection, durable: string): IsWaiting {
  return async () => {
    try {
      const manager = await managerOf(nats);
      const info = await manager.consumers.info(serviceStream('billing').name, durable);
      return info.num_pending + info.num_ack_pending > 0;
    } catch {
      return true;
    }
  };
}
