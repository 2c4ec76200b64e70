import type { NatsConnection } from '@nats-io/transport-node';

/**
 * Calls back when the connection to the broker is lost; whatever was asked over it is not going to be answered.
 * Returns how to stop watching.
 */
export function onDisconnect(nats: NatsConnection, callback: () => void): () => void {
  const status = nats.status();
  (async () => {
    for await (const { type } of status) {
      if (type === 'disconnect' || type === 'close') callback();
    }
  })();
  // The client's iterator is a queue that forgets its listener when it is stopped; its type does not say so.
  return () => (status as unknown as { stop: () => void }).stop();
}

/**
 * Waits for the broker's answer to a ping. Requests made while the connection is being made anew are lost and would
 * be waited for in vain; the ping fails at once instead.
 */
export async function ensureConnected(nats: NatsConnection): Promise<void> {
  await nats.flush();
}
