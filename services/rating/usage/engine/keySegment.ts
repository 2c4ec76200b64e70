import { mostCommits } from '../domain/keyTable.ts';
import { BloomFilter } from './bloomFilter.ts';
import type { ScratchFile } from './scratchFile.ts';

const keysPerPage = 512;
const keyBytes = 8;

/**
 * Fingerprints that were moved out of memory: sorted, in the scratch file, eight bytes each as in the table. In memory are the first fingerprint of each page,
 * and a Bloom filter that keeps nearly all look-ups from the file as long as there is room for it.
 */
export class KeySegment {
  readonly #scratch: ScratchFile;
  readonly #start: number;
  readonly #count: number;
  /** The upper half of each page's first key. */
  readonly #fences: Uint32Array;
  #filter: BloomFilter | undefined;
  readonly #page = new Uint32Array(keysPerPage * 2);

  /** `keys` are the fingerprint's lower 32 bits in front of the table's other word; they are sorted here. */
  constructor(scratch: ScratchFile, keys: BigUint64Array) {
    keys.sort();
    this.#scratch = scratch;
    this.#count = keys.length;
    this.#filter = new BloomFilter(keys.length);
    this.#fences = new Uint32Array(Math.ceil(keys.length / keysPerPage));
    const words = new Uint32Array(keys.buffer, keys.byteOffset, keys.length * 2);
    for (let index = 0; index < keys.length; index++) {
      const lo = words[index * 2 + 1] ?? 0;
      if (index % keysPerPage === 0) this.#fences[index / keysPerPage] = lo;
      this.#filter.add(lo | 0, (words[index * 2] ?? 0) >>> 24);
    }
    this.#start = scratch.append(new Uint8Array(keys.buffer, keys.byteOffset, keys.byteLength));
  }

  /** Bytes in memory. */
  get bytes(): number {
    return this.#fences.byteLength + this.#page.byteLength + (this.#filter?.bytes ?? 0);
  }

  get hasFilter(): boolean {
    return this.#filter !== undefined;
  }

  /** Gives its filter up: every look-up then reads a page. */
  dropFilter(): void {
    this.#filter = undefined;
  }

  /** Adds the commits that have brought the fingerprint to a list. */
  find(lo: number, hi: number, found: number[]): void {
    if (this.#filter && !this.#filter.mayHave(lo, hi)) return;
    const wanted = lo >>> 0;
    for (let page = this.#pageBefore(wanted); page < this.#fences.length; page++) {
      if ((this.#fences[page] ?? 0) > wanted) return;
      const keys = Math.min(keysPerPage, this.#count - page * keysPerPage);
      this.#scratch.read(
        new Uint8Array(this.#page.buffer, 0, keys * keyBytes),
        this.#start + page * keysPerPage * keyBytes,
      );
      for (let key = 0; key < keys; key++) {
        const word = this.#page[key * 2] ?? 0;
        if (this.#page[key * 2 + 1] === wanted && word >>> 24 === hi) found.push(word & mostCommits);
      }
    }
  }

  /** The last page that begins before the key, or the first one: equal keys may begin on the page before the one that starts with them. */
  #pageBefore(wanted: number): number {
    let low = 0;
    let high = this.#fences.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#fences[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}
