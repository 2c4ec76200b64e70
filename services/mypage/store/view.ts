import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import type { Entry } from '../domain/entry.ts';
import type { Page } from '../domain/page.ts';
import type { Write } from '../domain/write.ts';
import type { Generations } from './generations.ts';
import { type Change, type ChangeKey, type EntryKey, GenerationMissing, type Store } from './store.ts';

/** The view as it is shown; nothing outside this folder and the rebuild knows of generations and stores. */
export class View {
  readonly #generations: Generations;
  readonly #gathered = new WeakMap<Transaction, Write[]>();

  constructor(generations: Generations) {
    this.#generations = generations;
  }

  /** Remembers what an event says, to be done with that of the other events of its transaction. */
  gather(tx: Transaction, writes: readonly Write[]): void {
    this.#gathered.set(tx, [...(this.#gathered.get(tx) ?? []), ...writes]);
  }

  async applyGathered(tx: Transaction): Promise<void> {
    const writes = this.#gathered.get(tx) ?? [];
    this.#gathered.delete(tx);
    if (writes.length > 0) await this.apply(tx, writes);
  }

  /** Does what events say, in the transaction that records them as handled. */
  async apply(tx: Transaction, writes: readonly Write[]): Promise<void> {
    const { number, store } = await this.#generations.hold(tx);
    try {
      await this.#generations.storeOf(store).apply(tx, number, writes, true);
    } catch (error) {
      // The event waits until a rebuild has made another generation.
      throw error instanceof GenerationMissing ? viewLost(error) : error;
    }
  }

  /** Undefined for a customer nothing is known of. */
  page(customerId: string): Promise<Page | undefined> {
    return this.#read((store, generation) => store.page(generation, customerId));
  }

  timeline(customerId: string, before: EntryKey | undefined, limit: number): Promise<Entry[] | undefined> {
    return this.#read((store, generation) => store.timeline(generation, customerId, before, limit));
  }

  /** The changed thing as it is now, by a key that a generation has told; undefined where that generation is not shown any more. */
  find(generation: number, key: ChangeKey): Promise<Change | undefined> {
    return this.#read(async (store, shown) => (shown === generation ? store.find(shown, key) : undefined));
  }

  /** A reader may have chosen a generation just before another one took its place; it chooses again. */
  async #read<T>(read: (store: Store, generation: number) => Promise<T | undefined>): Promise<T | undefined> {
    for (let missing: GenerationMissing | undefined; ; ) {
      const shown = await this.#generations.shown();
      if (!shown) return undefined;
      if (missing?.generation === shown.number) throw viewLost(missing);
      try {
        return await read(this.#generations.storeOf(shown.store), shown.number);
      } catch (error) {
        if (!(error instanceof GenerationMissing)) throw error;
        missing = error;
      }
    }
  }
}

function viewLost(cause: GenerationMissing): Fault {
  return new Fault('DEPENDENCY_UNAVAILABLE', {
    message: 'the store has lost the pages; an operator can have them rebuilt',
    cause,
  });
}
