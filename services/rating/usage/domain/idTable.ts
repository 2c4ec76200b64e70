/** The columns that hold the ids. */
export interface IdColumns {
  readonly limits: { records: number };
  readonly bytes: Uint8Array;
  readonly idFrom: Int32Array;
  readonly idTo: Int32Array;
  readonly hi: Int32Array;
  readonly lo: Int32Array;
}

/** The ids of a batch's kept records: a hash table of record indices that compares the ids themselves. */
export class IdTable {
  readonly #columns: IdColumns;
  readonly #table: Int32Array;
  readonly #mask: number;

  constructor(columns: IdColumns) {
    this.#columns = columns;
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(columns.limits.records * 2))).fill(-1);
    this.#mask = this.#table.length - 1;
  }

  clear(): void {
    this.#table.fill(-1);
  }

  /** The record with the same slot as this one, or -1. `sameId` tells whether it is the same id or a collision. */
  find(index: number): number {
    const { hi, lo } = this.#columns;
    for (let place = this.#start(index); ; place = (place + 1) & this.#mask) {
      const other = this.#table[place] ?? -1;
      if (other < 0 || (hi[other] === hi[index] && lo[other] === lo[index])) return other;
    }
  }

  add(index: number): void {
    let place = this.#start(index);
    while ((this.#table[place] ?? -1) >= 0) place = (place + 1) & this.#mask;
    this.#table[place] = index;
  }

  sameId(one: number, other: number): boolean {
    const { bytes, idFrom, idTo } = this.#columns;
    const a = idFrom[one] ?? 0;
    const b = idFrom[other] ?? 0;
    const length = (idTo[one] ?? 0) - a;
    if ((idTo[other] ?? 0) - b !== length) return false;
    for (let offset = 0; offset < length; offset++) if (bytes[a + offset] !== bytes[b + offset]) return false;
    return true;
  }

  #start(index: number): number {
    const { hi, lo } = this.#columns;
    return (Math.imul(lo[index] ?? 0, 0x9e3779b1) ^ (hi[index] ?? 0)) & this.#mask;
  }
}
