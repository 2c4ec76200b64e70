import type { Database } from '#shared/database/database';
import { Connection } from '../import/connection.ts';
import { Mutex } from '../import/mutex.ts';

/** Space of the advisory locks on names of files in the drop folder. */
const claimLock = 7_471;

/** Which process imports which file of a shared folder: a lock on its name, which goes with the process. */
export class DropClaims {
  readonly #session: Connection;
  readonly #asking = new Mutex();

  constructor(database: Database) {
    this.#session = new Connection(database);
  }

  /** Does the work; false if another process is at it. Two names with the same hash are done one after the other. */
  async whileHeld(name: string, work: () => Promise<void>): Promise<boolean> {
    if (!(await this.#ask('pg_try_advisory_lock', name))) return false;
    try {
      await work();
      return true;
    } finally {
      await this.#ask('pg_advisory_unlock', name).catch(() => {});
    }
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  #ask(lock: string, name: string): Promise<boolean> {
    return this.#asking.run(async () => {
      const client = await this.#session.get();
      const { rows } = await client.query(`select ${lock}($1, hashtext($2)) as held`, [claimLock, name]);
      return rows[0]?.held === true;
    });
  }
}
