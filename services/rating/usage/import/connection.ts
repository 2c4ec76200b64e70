import type pg from 'pg';
import type { Database } from '#shared/database/database';

// Lets the server notice a process whose machine went away without a goodbye; the system's default is two hours.
const keepAlive = 'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3';

/** A connection of one's own that is opened when it is needed, and again when it was lost. */
export class Connection {
  readonly #database: Database;
  readonly #settings: string;
  #client: Promise<pg.Client> | undefined;

  /** `mostPauseMs` is how long it may stand still within a transaction before the server ends it: others wait for its locks. */
  constructor(database: Database, mostPauseMs = 0) {
    this.#database = database;
    this.#settings = `${keepAlive}; set idle_in_transaction_session_timeout = ${mostPauseMs}`;
  }

  get(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    const opening = this.#open();
    this.#client = opening;
    const forget = () => {
      if (this.#client === opening) this.#client = undefined;
    };
    opening.then((client) => {
      client.once('end', forget);
      client.once('error', forget);
    }, forget);
    return opening;
  }

  async #open(): Promise<pg.Client> {
    const client = await this.#database.connect();
    await client.query(this.#settings);
    return client;
  }

  /** Ends what was begun on it. A connection that cannot even do that is given up. */
  async rollBack(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    await client?.query('rollback').catch(() => this.close());
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    await client?.end().catch(() => {});
  }
}
