import { randomBytes } from 'node:crypto';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import { freshDatabase, testNatsUrl } from '#test/harness/database';
import { Generations } from '../store/generations.ts';
import { kvStore } from '../store/kv/kvStore.ts';
import { postgresStore } from '../store/postgres/postgresStore.ts';
import type { Store, StoreKind } from '../store/store.ts';
import { View } from '../store/view.ts';

/** The read side's own database and both stores, under names of their own; what was made goes with it. */
export class Stores implements AsyncDisposable {
  readonly database: Database;
  readonly nats: NatsConnection;
  readonly bucket: string;
  readonly #stack: AsyncDisposableStack;

  private constructor(database: Database, nats: NatsConnection, bucket: string, stack: AsyncDisposableStack) {
    this.database = database;
    this.nats = nats;
    this.bucket = bucket;
    this.#stack = stack;
  }

  static async open(natsUrl = testNatsUrl()): Promise<Stores> {
    const stack = new AsyncDisposableStack();
    const fresh = stack.use(await freshDatabase('mypage'));
    const database = stack.use(new Database(fresh.url));
    const shared = ['outbox', 'inbox', 'saga', 'rpc'].map((name) => ({
      name: `shared/${name}`,
      folder: new URL(`../../shared/${name}/migrations`, import.meta.url),
    }));
    await migrate(database, [...shared, { name: 'mypage', folder: new URL('../migrations', import.meta.url) }]);
    const nats = await connect({ servers: natsUrl, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    stack.defer(() => nats.close());
    const stores = new Stores(database, nats, `test-${randomBytes(4).toString('hex')}`, stack);
    stack.defer(async () => {
      const { 'nats-kv': kv } = stores.all();
      for (const generation of await kv.generations()) await kv.drop(generation);
    });
    return stores;
  }

  all(): Record<StoreKind, Store> {
    return { postgres: postgresStore(this.database), 'nats-kv': kvStore(this.nats, this.bucket) };
  }

  generations(wanted: StoreKind, sources: string[] = ['ordering', 'billing']): Generations {
    return new Generations(this.database, this.all(), wanted, sources);
  }

  view(wanted: StoreKind): View {
    return new View(this.generations(wanted));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
