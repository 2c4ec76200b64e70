import { outcomes } from '../domain/outcomes.ts';
import { type Batch, suspected } from './columns.ts';

/**
 * Where in a batch a record with some number and id stands. Only batches in which a fingerprint was met twice need it, so it is filled
 * when it is first asked, up to where the asking record stands.
 */
export class Positions {
  readonly #batch: Batch;
  readonly #table: Int32Array;
  readonly #mask: number;
  #filledTo = 0;

  /** `table` has a power of two of entries, at least twice as many as the batch has records. */
  constructor(batch: Batch, table: Int32Array) {
    this.#batch = batch;
    this.#table = table;
    this.#mask = table.length - 1;
    table.fill(-1);
  }

  /** The record that has this one's number and id and stands in the table, or -1. */
  find(index: number): number {
    const { columns } = this.#batch;
    const from = columns.idFrom[index] ?? 0;
    return this.findText(
      this.#batch,
      index,
      columns.lo[index] ?? 0,
      columns.hi[index] ?? 0,
      from,
      columns.idTo[index] ?? 0,
    );
  }

  /** The same for a text of another record or batch; `index` is the record there, whose number counts. */
  findText(asking: Batch, index: number, lo: number, hi: number, from: number, to: number): number {
    const { columns } = this.#batch;
    const number = asking.columns.number[index];
    for (let slot = lo & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const other = this.#table[slot] ?? -1;
      if (other < 0) return -1;
      if (columns.lo[other] !== lo || columns.hi[other] !== hi || columns.number[other] !== number) continue;
      if (this.#same(other, asking, from, to)) return other;
    }
  }

  #same(other: number, asking: Batch, from: number, to: number): boolean {
    if (asking === this.#batch) return this.#batch.isText(other, from, to);
    const { columns, bytes } = this.#batch;
    const start = columns.idFrom[other] ?? 0;
    if ((columns.idTo[other] ?? 0) - start !== to - from) return false;
    for (let at = from; at < to; at++) if (bytes[start + at - from] !== asking.bytes[at]) return false;
    return true;
  }

  add(index: number): void {
    const lo = this.#batch.columns.lo[index] ?? 0;
    let slot = lo & this.#mask;
    while ((this.#table[slot] ?? -1) >= 0) slot = (slot + 1) & this.#mask;
    this.#table[slot] = index;
  }

  /** Puts a record in the place of the one that has its number and id. */
  replace(old: number, index: number): void {
    const lo = this.#batch.columns.lo[old] ?? 0;
    let slot = lo & this.#mask;
    while (this.#table[slot] !== old) slot = (slot + 1) & this.#mask;
    this.#table[slot] = index;
  }

  /** Adds all records before this one that are kept, or will be if nothing is found against them. */
  fillTo(index: number): void {
    const { outcome, pending } = this.#batch.columns;
    for (; this.#filledTo < index; this.#filledTo++) {
      if (outcome[this.#filledTo] === outcomes.rated && pending[this.#filledTo] !== suspected) this.add(this.#filledTo);
    }
  }
}
