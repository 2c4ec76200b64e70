import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

/** Deletes every key-value bucket behind everybody's back; says how many there were. */
export async function loseBuckets(natsUrl: string): Promise<number> {
  const connection = await connect({ servers: natsUrl });
  try {
    const manager = await jetstreamManager(connection);
    const buckets: string[] = [];
    for await (const stream of manager.streams.names()) if (stream.startsWith('KV_')) buckets.push(stream);
    for (const bucket of buckets) await manager.streams.delete(bucket);
    return buckets.length;
  } finally {
    await connection.close();
  }
}
