import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import type { Consumer } from '#shared/inbox/consumer';
import { runConsumers } from '#shared/inbox/run';
import { runRelay } from '#shared/outbox/relay';
import { AdvisoryLocks } from '#shared/process/advisoryLocks';
import { createLogger } from '#shared/telemetry/log';
import { type FreshDatabase, freshDatabase } from '#test/harness/database';

const folder = (name: string) => new URL(`../../services/shared/${name}/migrations`, import.meta.url);

export const log = createLogger('conformance', process.env.LOG_LEVEL ?? 'silent');

/** The tables of the mechanisms and those in which the suites keep what they compare. */
export async function migrateStage(database: Database): Promise<void> {
  await migrate(
    database,
    ['outbox', 'inbox', 'saga', 'rpc'].map((name) => ({ name, folder: folder(name) })),
  );
  await database.query(`
    create table if not exists counters (id text primary key, n int not null);
    create table if not exists applied (position bigint generated always as identity, id text not null, n int not null);
    create table if not exists cured (what text primary key)`);
}

/** An empty database with the mechanisms' tables, and connections to it and to a broker. */
export class Stage implements AsyncDisposable {
  readonly database: Database;
  readonly nats: NatsConnection;
  readonly url: string;
  readonly #fresh: FreshDatabase;
  readonly #stop = new AbortController();
  readonly #background: Promise<void>[] = [];
  readonly locks: AdvisoryLocks;

  private constructor(fresh: FreshDatabase, database: Database, nats: NatsConnection) {
    this.#fresh = fresh;
    this.database = database;
    this.nats = nats;
    this.url = fresh.url;
    this.locks = new AdvisoryLocks(database);
  }

  static async open(name: string, natsUrl: string): Promise<Stage> {
    const fresh = await freshDatabase(name);
    const database = new Database(fresh.url, { connections: 5 });
    await migrateStage(database);
    return new Stage(fresh, database, await connectTo(natsUrl));
  }

  /** Runs something until the stage closes. */
  run(work: (signal: AbortSignal) => Promise<void>): void {
    this.#background.push(work(this.#stop.signal));
  }

  relay(service: string): void {
    const { database, nats, locks } = this;
    this.run((signal) => runRelay({ service, database, nats, locks, log }, signal));
  }

  consume(service: string, consumers: Consumer[], attempts?: number): void {
    const { database, nats, locks } = this;
    const options = { service, database, nats, locks, log, consumers, ...(attempts !== undefined && { attempts }) };
    this.run((signal) => runConsumers(options, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#background);
    await this.locks[Symbol.asyncDispose]();
    await this.nats.close();
    await this.database[Symbol.asyncDispose]();
    await this.#fresh[Symbol.asyncDispose]();
  }
}

export function connectTo(natsUrl: string): Promise<NatsConnection> {
  return connect({ servers: natsUrl, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
}
