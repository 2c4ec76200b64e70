import type { Database } from '../database/database.ts';
import { sleep } from './background.ts';
import { DatabaseSession } from './session.ts';

/** What the holder of a lock works with. */
export interface Held {
  /** Aborted when the lock is lost or the holder was told to stop. */
  signal: AbortSignal;
  /** The connection that holds the lock, shared with the holders of other locks. */
  session: DatabaseSession;
}

const retryMs = 500;

/**
 * Work that only one process per database does at a time. The locks are PostgreSQL's session locks on one connection of their
 * own: they vanish with the process that held them, so nothing has to expire or be cleaned up. A holder that loses
 * its connection learns it a moment after somebody else may have taken over; what it does must be safe to overlap.
 */
export class AdvisoryLocks implements AsyncDisposable {
  readonly #database: Database;
  readonly #held = new Set<string>();
  #session: Promise<DatabaseSession> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Waits for the lock, works, and lets it go. Resolves early when the signal is aborted. Throws what the work throws. */
  async hold(name: string, signal: AbortSignal, work: (held: Held) => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      // A session may take its own lock twice, so holders within this process are told apart here.
      const session = this.#held.has(name) ? undefined : await this.#acquire(name);
      if (!session) {
        await sleep(retryMs, signal);
        continue;
      }
      try {
        await work({ session, signal: AbortSignal.any([signal, session.lost]) });
      } finally {
        await this.#release(session, name);
      }
      return;
    }
  }

  async #acquire(name: string): Promise<DatabaseSession | undefined> {
    this.#held.add(name);
    let acquired: DatabaseSession | undefined;
    try {
      const session = await this.#open();
      const { rows } = await session.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as acquired', [name]);
      if (rows[0]?.acquired) acquired = session;
    } finally {
      if (!acquired) this.#held.delete(name);
    }
    return acquired;
  }

  async #release(session: DatabaseSession, name: string): Promise<void> {
    this.#held.delete(name);
    if (session.lost.aborted) return;
    await session.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]).catch(() => {});
  }

  /** The session of now; a lost one is followed by a new one. */
  #open(): Promise<DatabaseSession> {
    this.#session ??= DatabaseSession.open(this.#database).then(
      (session) => {
        session.lost.addEventListener('abort', () => {
          this.#session = undefined;
        });
        if (session.lost.aborted) this.#session = undefined;
        return session;
      },
      (error) => {
        this.#session = undefined;
        throw error;
      },
    );
    return this.#session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    await session?.end();
  }
}
