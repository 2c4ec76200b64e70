import type pg from 'pg';
import type { Database } from '../database/database.ts';
import { sleep } from './background.ts';

/** What the holder of a lock works with. */
export interface Held {
  /** Aborted when the lock is lost or the holder was told to stop. */
  signal: AbortSignal;
  /** The connection that holds the lock. Good for LISTEN, not for long statements: other locks share it. */
  client: pg.Client;
}

interface Connection {
  client: pg.Client;
  lost: AbortController;
}

const retryMs = 500;
const heartbeatMs = 10_000;

/**
 * Work that only one process per database does at a time. The locks are PostgreSQL's session locks on one connection of their
 * own: they vanish with the process that held them, so nothing has to expire or be cleaned up. A holder that loses
 * its connection learns it a moment after somebody else may have taken over; what it does must be safe to overlap.
 */
export class AdvisoryLocks implements AsyncDisposable {
  readonly #database: Database;
  readonly #held = new Set<string>();
  #connection: Promise<Connection> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Waits for the lock, works, and lets it go. Resolves early when the signal is aborted. Throws what the work throws. */
  async hold(name: string, signal: AbortSignal, work: (held: Held) => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      // A session may take its own lock twice, so holders within this process are told apart here.
      const connection = this.#held.has(name) ? undefined : await this.#acquire(name);
      if (!connection) {
        await sleep(retryMs, signal);
        continue;
      }
      try {
        await work({ client: connection.client, signal: AbortSignal.any([signal, connection.lost.signal]) });
      } finally {
        await this.#release(connection, name);
      }
      return;
    }
  }

  async #acquire(name: string): Promise<Connection | undefined> {
    this.#held.add(name);
    let acquired: Connection | undefined;
    try {
      const connection = await this.#open();
      const { rows } = await connection.client.query(
        'select pg_try_advisory_lock(hashtextextended($1, 0)) as acquired',
        [name],
      );
      if (rows[0]?.acquired) acquired = connection;
    } finally {
      if (!acquired) this.#held.delete(name);
    }
    return acquired;
  }

  async #release(connection: Connection, name: string): Promise<void> {
    this.#held.delete(name);
    if (connection.lost.signal.aborted) return;
    await connection.client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]).catch(() => {});
  }

  #open(): Promise<Connection> {
    this.#connection ??= this.#connect().catch((error) => {
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }

  async #connect(): Promise<Connection> {
    const client = await this.#database.connect();
    const lost = new AbortController();
    const onLost = () => {
      if (lost.signal.aborted) return;
      clearInterval(heartbeat);
      this.#connection = undefined;
      lost.abort();
      client.end().catch(() => {});
    };
    client.on('error', onLost);
    client.on('end', onLost);
    const heartbeat = setInterval(() => client.query('select 1').catch(onLost), heartbeatMs).unref();
    // Lets the server notice a holder whose machine went away without a goodbye; the system's default is two hours.
    await client.query('set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3');
    return { client, lost };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.client.end().catch(() => {});
  }
}
