import type pg from 'pg';
import type { Database } from '../database/database.ts';

const heartbeatMs = 10_000;

/**
 * One connection to the database that many parts of a process share: for session locks and LISTEN. Its statements run one
 * after another, whoever asks, so none of them may be long.
 */
export class DatabaseSession {
  readonly #client: pg.Client;
  readonly #lost = new AbortController();
  readonly #heartbeat: NodeJS.Timeout;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(client: pg.Client) {
    this.#client = client;
    const onLost = () => this.#lose();
    client.on('error', onLost);
    client.on('end', onLost);
    this.#heartbeat = setInterval(() => this.query('select 1').catch(onLost), heartbeatMs).unref();
  }

  static async open(database: Database): Promise<DatabaseSession> {
    const session = new DatabaseSession(await database.connect());
    // Lets the server notice a process whose machine went away without a goodbye; the system's default is two hours.
    await session.query('set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3');
    return session;
  }

  /** Aborted when the connection is gone, and with it every lock and LISTEN. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  query(text: string, values?: unknown[]): Promise<pg.QueryResult> {
    const result = this.#last.then(() => this.#client.query(text, values));
    this.#last = result.catch(() => {});
    return result;
  }

  /** Calls back at every notification of the channel, until what it returns is called. */
  async listen(channel: string, onNotification: (payload: string) => void): Promise<() => void> {
    const listener = (notification: pg.Notification) => {
      if (notification.channel === channel) onNotification(notification.payload ?? '');
    };
    this.#client.on('notification', listener);
    try {
      await this.query(`listen "${channel}"`);
    } catch (error) {
      this.#client.off('notification', listener);
      throw error;
    }
    return () => this.#client.off('notification', listener);
  }

  async end(): Promise<void> {
    await this.#client.end().catch(() => {});
  }

  #lose(): void {
    if (this.#lost.signal.aborted) return;
    clearInterval(this.#heartbeat);
    this.#lost.abort();
    this.#client.end().catch(() => {});
  }
}
