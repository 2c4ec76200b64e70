import type pg from 'pg';
import { Database, type Result } from '#shared/database/database';

/** What comes between a statement and the database: it sends the statement on, when and if it likes. */
export type Gate = (text: string, send: () => Promise<unknown>) => Promise<unknown>;

/** A database whose statements pass a gate; for tests that need two things in a certain order. */
export class GatedDatabase extends Database {
  readonly #gate: Gate;

  constructor(url: string, gate: Gate) {
    super(url);
    this.#gate = gate;
  }

  override query<R>(text: string, values?: unknown[]): Promise<Result<R>> {
    return this.#gate(text, () => super.query<R>(text, values)) as Promise<Result<R>>;
  }

  override async connect(): Promise<pg.Client> {
    const client = await super.connect();
    const send = client.query.bind(client) as (...values: unknown[]) => Promise<unknown>;
    const gated = (first: unknown, ...others: unknown[]) =>
      typeof first === 'string' ? this.#gate(first, () => send(first, ...others)) : send(first, ...others);
    client.query = gated as typeof client.query;
    return client;
  }
}

/** Something that is waited for, and happens once. */
export class Turn {
  readonly come: Promise<void>;
  hasCome = false;
  #resolve: () => void = () => {};

  constructor() {
    this.come = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  happen(): void {
    this.hasCome = true;
    this.#resolve();
  }
}
