import type pg from 'pg';
import type { Database } from '#shared/database/database';

/** A connection of one's own that is opened when it is needed, and again when it was lost. */
export class Connection {
  readonly #database: Database;
  #client: Promise<pg.Client> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  get(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    const opening = this.#database.connect();
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
