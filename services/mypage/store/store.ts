import type { Transaction } from '#shared/database/database';
import type { AnyDocument } from '../domain/document.ts';
import type { Entry } from '../domain/entry.ts';
import type { Page } from '../domain/page.ts';
import type { Write } from '../domain/write.ts';

export const storeKinds = ['postgres', 'nats-kv'] as const;
export type StoreKind = (typeof storeKinds)[number];

/** Where an entry stands in the order of the timeline. */
export interface EntryKey {
  time: Date;
  id: string;
}

/** Something of a customer's that changed; what `ref` says is the store's own matter. */
export interface ChangeKey {
  customerId: string;
  ref: string;
}

export type Change = { type: 'document'; document: AnyDocument } | { type: 'entry'; entry: Entry };

export interface Listener {
  changed(key: ChangeKey): void;
  /** Changes may have been missed. */
  missed(): void;
}

/**
 * Where views are kept: a view is one generation, told by its number, and knows nothing of the others. What the suite
 * `store.conformance.int.spec.ts` says holds for every implementation:
 * - Writes are idempotent and guarded: a document is not overwritten by an older one (smaller sequence), an entry is there once.
 * - What was applied is read from then on, by every process.
 * - A generation that was never made, or is gone, answers `GenerationMissing` and is not made by writing to it.
 */
export interface Store {
  kind: StoreKind;
  /** Makes an empty generation, also where one of that number is left over. */
  make(generation: number): Promise<void>;
  /** Removes a generation; one that is not there is fine. */
  drop(generation: number): Promise<void>;
  generations(): Promise<number[]>;
  /**
   * Does the writes in their order. A store in the service's own database does them in the transaction; any other one before the transaction
   * commits, so that a crash in between only has them done again. `announce` tells those who watch.
   */
  apply(tx: Transaction, generation: number, writes: readonly Write[], announce: boolean): Promise<void>;
  /** Undefined for a customer nothing is known of. */
  page(generation: number, customerId: string): Promise<Page | undefined>;
  /** Entries newest first, only those before `before`; undefined for a customer nothing is known of. */
  timeline(
    generation: number,
    customerId: string,
    before: EntryKey | undefined,
    limit: number,
  ): Promise<Entry[] | undefined>;
  /** The changed thing as it is now. */
  find(generation: number, key: ChangeKey): Promise<Change | undefined>;
  /** Tells the listener of everybody's changes until the signal is aborted. Resolves when it has begun, throws when it cannot begin. */
  watch(generation: number, signal: AbortSignal, listener: Listener): Promise<void>;
}

/** The generation is not in the store (any more). */
export class GenerationMissing extends Error {
  override readonly name = 'GenerationMissing';
  readonly generation: number;

  constructor(generation: number, options?: ErrorOptions) {
    super(`generation ${generation} of the view is not there`, options);
    this.generation = generation;
  }
}
