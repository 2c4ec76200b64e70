import type { NatsConnection } from '@nats-io/transport-node';
import type { Store } from '../store.ts';
import { applyWrites } from './apply.ts';
import { brokerFault } from './brokerFault.ts';
import { Buckets } from './bucket.ts';
import { findChange, readPage, readTimeline } from './read.ts';
import { watchChanges } from './watch.ts';

/** Views in NATS JetStream's key-value store: one bucket a generation. Works with nats-server 2.9 and newer. */
export function kvStore(nats: NatsConnection, bucketName: string): Store {
  const buckets = new Buckets(nats, bucketName);
  return {
    kind: 'nats-kv',
    make: (generation) => asked(buckets.make(generation)),
    drop: (generation) => asked(buckets.drop(generation)),
    generations: () => asked(buckets.list()),
    // A watch hears of every write by itself.
    apply: (_tx, generation, writes) => buckets.use(generation, (bucket) => applyWrites(bucket, writes)),
    page: (generation, customerId) => buckets.use(generation, (bucket) => readPage(bucket, customerId)),
    timeline: (generation, customerId, before, limit) =>
      buckets.use(generation, (bucket) => readTimeline(bucket, customerId, before, limit)),
    find: (generation, { ref }) => buckets.use(generation, (bucket) => findChange(bucket, ref)),
    watch: (generation, signal, listener) => watchChanges(buckets, generation, signal, listener),
  };
}

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw brokerFault(error);
  }
}
