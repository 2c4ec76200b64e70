import { type BlockRow, type Fields, idStarts, int32s, readFields } from '../domain/block.ts';
import { flags } from '../domain/outcomes.ts';
import { type RecordKey, recordKey } from '../domain/recordKey.ts';
import type { Business } from './business.ts';
import type { Batch } from './columns.ts';
import type { KnownCorrection } from './protocol.ts';
import type { Match, Suspects } from './suspects.ts';

/** Compares the suspects of a block with its records: service number and id, byte for byte. */
export function compareBlock(
  batch: Batch,
  row: BlockRow,
  known: ReadonlyMap<string, number>,
  { suspects, business, mask }: { suspects: Suspects; business: Business; mask: number },
): void {
  const block = new KeptBlock(row);
  const key: RecordKey = { lo: 0, hi: 0 };
  const { columns, view } = batch;
  const matches = (index: number, from: number, to: number, use: (place: number) => void) => {
    const number = columns.number[index] ?? -1;
    recordKey(view, from, to, business.lines.hashOf(number), mask, key);
    block.forKey(key.lo, key.hi, (place) => {
      if (business.lines.numberOfAccount(block.accounts[place] ?? 0) !== number) return;
      if (block.hasId(place, batch.bytes, from, to)) use(place);
    });
  };
  const correctionOf = (place: number) => known.get(correctionKey({ ...row, place })) ?? 0;
  suspects.forBlock(row.partition, row.batch, (index, target) => {
    if (target) {
      matches(index, columns.correctsFrom[index] ?? 0, columns.correctsTo[index] ?? 0, (place) =>
        addMatch(suspects.targets, index, block.match(place, correctionOf(place))),
      );
      return;
    }
    matches(index, columns.idFrom[index] ?? 0, columns.idTo[index] ?? 0, (place) => {
      suspects.duplicates.add(index);
      if (((row.outcomes[place] ?? 0) & flags.unterminated) !== 0)
        addMatch(suspects.unterminated, index, block.match(place, correctionOf(place)));
    });
  });
}

function addMatch(all: Map<number, Match[]>, index: number, match: Match): void {
  const known = all.get(index);
  if (known) known.push(match);
  else all.set(index, [match]);
}

export function correctionKey({ partition, batch, month, place }: Omit<KnownCorrection, 'kind'>): string {
  return `${partition} ${batch} ${month} ${place}`;
}

/** A block with a hash table over its fingerprints. */
class KeptBlock {
  readonly row: BlockRow;
  readonly accounts: Int32Array;
  readonly #lo: Int32Array;
  readonly #starts: Int32Array;
  readonly #table: Int32Array;
  #fields: Fields | undefined;

  constructor(row: BlockRow) {
    this.row = row;
    this.accounts = int32s(row.accounts);
    this.#lo = int32s(row.hashes.subarray(0, row.records * 4));
    this.#starts = idStarts(row.ids, row.records);
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(row.records * 2 + 1))).fill(-1);
    const mask = this.#table.length - 1;
    for (let place = 0; place < row.records; place++) {
      let slot = (this.#lo[place] ?? 0) & mask;
      while ((this.#table[slot] ?? -1) >= 0) slot = (slot + 1) & mask;
      this.#table[slot] = place;
    }
  }

  forKey(lo: number, hi: number, use: (place: number) => void): void {
    const mask = this.#table.length - 1;
    const his = this.row.records * 4;
    for (let slot = lo & mask; ; slot = (slot + 1) & mask) {
      const place = this.#table[slot] ?? -1;
      if (place < 0) return;
      if (this.#lo[place] === lo && this.row.hashes[his + place] === hi) use(place);
    }
  }

  hasId(place: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#starts[place] ?? 0;
    if ((this.#starts[place + 1] ?? 0) - start !== to - from) return false;
    const { ids } = this.row;
    for (let offset = 0; offset < to - from; offset++) if (ids[start + offset] !== bytes[from + offset]) return false;
    return true;
  }

  match(place: number, corrected: number): Match {
    const { partition, batch, month } = this.row;
    this.#fields ??= readFields(this.row.fields);
    return {
      partition,
      batch,
      month,
      place,
      account: this.accounts[place] ?? 0,
      outcome: this.row.outcomes[place] ?? 0,
      time: this.#fields.time[place] ?? 0,
      up: this.#fields.up[place] ?? 0,
      down: this.#fields.down[place] ?? 0,
      corrected,
    };
  }
}
