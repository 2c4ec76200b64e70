import { type KvWatchEntry, KvWatchInclude } from '@nats-io/kv';
import type { QueuedIterator } from '@nats-io/nats-core';
import { onDisconnect } from '#shared/events/connection';
import { backOff, sleep } from '#shared/process/background';
import type { Listener } from '../store.ts';
import type { Buckets } from './bucket.ts';
import { customerOf } from './keys.ts';

type Watching = QueuedIterator<KvWatchEntry>;

/**
 * Watches the whole bucket for keys, without their values. A lost connection ends the watch, because what comes until it is there again is
 * not certain to be heard; the listener is told once there is another watch.
 */
export async function watchChanges(
  buckets: Buckets,
  generation: number,
  signal: AbortSignal,
  listener: Listener,
): Promise<void> {
  let watching = await open(buckets, generation);
  void (async () => {
    while (!signal.aborted) {
      await follow(buckets, watching, signal, listener);
      for (let attempt = 1; !signal.aborted; attempt++) {
        try {
          watching = await open(buckets, generation);
          listener.missed();
          break;
        } catch {
          await sleep(backOff(attempt, 100, 5_000), signal);
        }
      }
    }
    watching.stop();
  })();
}

function open(buckets: Buckets, generation: number): Promise<Watching> {
  return buckets.use(generation, ({ kv }) => kv.watch({ include: KvWatchInclude.UpdatesOnly, headers_only: true }));
}

async function follow(buckets: Buckets, watching: Watching, signal: AbortSignal, listener: Listener): Promise<void> {
  const stop = () => watching.stop();
  const stopWatching = onDisconnect(buckets.nats, stop);
  signal.addEventListener('abort', stop);
  try {
    for await (const { rawKey } of watching) {
      const customerId = customerOf(rawKey);
      if (customerId !== undefined) listener.changed({ customerId, ref: rawKey });
    }
  } catch {
    // Whatever ended it, another watch follows.
  } finally {
    stopWatching();
    signal.removeEventListener('abort', stop);
    watching.stop();
  }
}
