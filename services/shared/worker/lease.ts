import type pg from 'pg';
import type { Database } from '../database/database.ts';
import { sleep } from '../process/background.ts';
import type { Logger } from '../telemetry/log.ts';

/**
 * Rights that one process of a service holds at a time, as session locks of its database: they end with
 * the process or its connection, so no other party has to notice a death. All of a process's leases and
 * notifications live on one connection; when that is lost, so are they, and `lost` says so.
 */
export class Leases implements AsyncDisposable {
  readonly #database: Database;
  readonly #log: Logger;
  readonly #listeners = new Map<string, Set<() => void>>();
  #session: { client: pg.Client; held: Set<string>; lost: AbortController } | undefined;
  #connecting: Promise<void> | undefined;
  #closed = false;

  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  /** Tries to hold a lease; the signal that comes back is aborted when it is lost. Undefined while another process holds it. */
  async acquire(name: string): Promise<AbortSignal | undefined> {
    await this.#connect();
    const session = this.#session;
    if (!session) return undefined;
    if (session.held.has(name)) return session.lost.signal;
    const { rows } = await session.client.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as held', [name]);
    if (!rows[0]?.held) return undefined;
    session.held.add(name);
    return session.lost.signal;
  }

  /** Calls back when somebody notifies the channel. The channel is listened to again after a lost connection. */
  listen(channel: string, notify: () => void): void {
    const listeners = this.#listeners.get(channel) ?? new Set();
    listeners.add(notify);
    this.#listeners.set(channel, listeners);
    this.#session?.client.query(`listen "${channel}"`).catch(() => {});
  }

  async #connect(): Promise<void> {
    if (this.#session || this.#closed) return;
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = undefined;
    });
    await this.#connecting;
  }

  async #open(): Promise<void> {
    const client = await this.#database.connect();
    const session = {
      client,
      held: new Set<string>(),
      lost: new AbortController(),
    };
    const lose = (error?: Error) => {
      if (this.#session !== session) return;
      this.#session = undefined;
      session.lost.abort();
      if (!this.#closed) this.#log.warn({ err: error }, 'leases lost with their connection');
      client.end().catch(() => {});
    };
    client.on('error', lose);
    client.on('end', () => lose());
    client.on('notification', ({ channel }) => {
      for (const notify of this.#listeners.get(channel) ?? []) notify();
    });
    this.#session = session;
    for (const channel of this.#listeners.keys()) await client.query(`listen "${channel}"`);
    // What was notified while nobody listened is caught up at once.
    for (const listeners of this.#listeners.values()) for (const notify of listeners) notify();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#connecting?.catch(() => {});
    await this.#session?.client.end().catch(() => {});
    await sleep(0);
  }
}
