import type { Database, Sql, Transaction } from '#shared/database/database';
import { insertRebuild } from '../rebuild/record.ts';
import type { Store, StoreKind } from './store.ts';

export interface Generation {
  number: number;
  store: StoreKind;
}

/** The lock's name: consumers share it while they apply events, whoever replaces the shown generation has it alone. */
const lockKey = `hashtextextended('mypage:shown-generation', 0)`;

/**
 * Which generation of the view is shown. The service's PostgreSQL knows it, whatever store the generation is in; so the one that is shown
 * and its successor may be in different stores.
 */
export class Generations {
  readonly #database: Database;
  readonly #stores: Record<StoreKind, Store>;
  readonly #wanted: StoreKind;
  readonly #sources: readonly string[];
  readonly #ofTransaction = new WeakMap<Transaction, Promise<Generation>>();
  #ensured: Promise<void> | undefined;

  /** `wanted` is the store in which new generations are made; `sources` is what a rebuild reads. */
  constructor(database: Database, stores: Record<StoreKind, Store>, wanted: StoreKind, sources: readonly string[]) {
    this.#database = database;
    this.#stores = stores;
    this.#wanted = wanted;
    this.#sources = sources;
  }

  get wanted(): StoreKind {
    return this.#wanted;
  }

  storeOf(kind: StoreKind): Store {
    return this.#stores[kind];
  }

  get stores(): Store[] {
    return Object.values(this.#stores);
  }

  /** Undefined until anything was applied. */
  async shown(sql: Sql = this.#database): Promise<Generation | undefined> {
    const { rows } = await sql.query<Generation>('select number, store from shown_generation');
    return rows[0];
  }

  /** The generation that is shown, for as long as the transaction lasts. */
  hold(tx: Transaction): Promise<Generation> {
    const known = this.#ofTransaction.get(tx);
    if (known) return known;
    const held = this.#hold(tx);
    this.#ofTransaction.set(tx, held);
    return held;
  }

  async #hold(tx: Transaction): Promise<Generation> {
    await this.ensure();
    await tx.query(`select pg_advisory_xact_lock_shared(${lockKey})`);
    // A statement of its own: one that waits for the lock sees what was before.
    const generation = await this.shown(tx);
    if (!generation) throw new Error('no generation is shown, although there was one');
    return generation;
  }

  /** Waits until nobody applies anything any more, and keeps them from it until the transaction ends. */
  async holdAlone(tx: Transaction): Promise<void> {
    await tx.query(`select pg_advisory_xact_lock(${lockKey})`);
  }

  async show(tx: Transaction, { number, store }: Generation): Promise<void> {
    await tx.query(
      `insert into shown_generation (number, store) values ($1, $2)
       on conflict (single) do update set number = excluded.number, store = excluded.store`,
      [number, store],
    );
    await tx.query(`select pg_notify('mypage_generation', '')`);
  }

  async nextNumber(sql: Sql): Promise<number> {
    const { rows } = await sql.query<{ number: number }>(`select nextval('generation_number')::int as number`);
    return rows[0]?.number ?? 0;
  }

  /** Makes the first generation. */
  ensure(): Promise<void> {
    this.#ensured ??= this.#ensure().catch((error) => {
      this.#ensured = undefined;
      throw error;
    });
    return this.#ensured;
  }

  async #ensure(): Promise<void> {
    if (await this.shown()) return;
    await this.#database.transaction(async (tx) => {
      await this.holdAlone(tx);
      if (await this.shown(tx)) return;
      const number = await this.nextNumber(tx);
      // A store may still have this number from an earlier life of the database; making it empties it.
      await this.#stores[this.#wanted].make(number);
      await this.show(tx, { number, store: this.#wanted });
      // Events that were handled before there were generations do not come again by themselves.
      const { rowCount } = await tx.query('select 1 from inbox limit 1');
      if (rowCount > 0) await insertRebuild(tx, this.#wanted, this.#sources);
    });
  }
}
