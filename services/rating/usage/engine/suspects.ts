import { GrowingInts } from '../domain/growing.ts';
import { partitions } from '../domain/partition.ts';

/** A kept record that a suspect is the same as, or that a correction names. */
export interface Match {
  partition: number;
  batch: number;
  month: number;
  place: number;
  account: number;
  outcome: number;
  time: number;
  up: number;
  down: number;
  /** How it was corrected or confirmed before; 0 if it was not. */
  corrected: number;
}

/**
 * Which records of a batch have to be compared with which committed blocks: for their own id, or for the id that they correct. A whole file sent again
 * has a suspect a record, so there is no object a suspect.
 */
export class Suspects {
  readonly #records = new GrowingInts();
  readonly #next = new GrowingInts();
  /** The newest suspect of each block, by batch and partition in one number. */
  readonly #last = new Map<number, number>();
  /** Records whose id was found among the kept ones; with more about those that were not whole or are corrected. */
  readonly duplicates = new Set<number>();
  readonly unterminated = new Map<number, Match[]>();
  readonly targets = new Map<number, Match[]>();

  get blocks(): { partition: number; batch: number }[] {
    return [...this.#last.keys()].map((key) => ({ partition: key % partitions, batch: Math.floor(key / partitions) }));
  }

  add(index: number, partition: number, batch: number, target: boolean): void {
    const key = batch * partitions + partition;
    const entry = this.#records.push(index * 2 + (target ? 1 : 0));
    this.#next.push(this.#last.get(key) ?? -1);
    this.#last.set(key, entry);
  }

  /** Calls back for every suspect of a block: the record, and whether it is the corrected id that counts. */
  forBlock(partition: number, batch: number, use: (index: number, target: boolean) => void): void {
    for (let entry = this.#last.get(batch * partitions + partition) ?? -1; entry >= 0; entry = this.#next.at(entry)) {
      const value = this.#records.at(entry);
      use(value >> 1, (value & 1) === 1);
    }
  }
}
