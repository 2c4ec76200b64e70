/** The table is made larger before more than this part of it is full. */
const mostLoad = 0.66;
const leastSlots = 256;
/** A commit's number within its partition has so many bits; the fingerprint has the other eight of its word. */
export const mostCommits = 0xffffff;
const two32 = 4_294_967_296;

/**
 * The fingerprints of a partition's kept records, each with the number of the commit that brought it: eight bytes an entry. It answers "surely
 * new" or "compare with the records of these commits".
 *
 * Open addressing, linear probing. An entry's place follows from the upper bits of `lo`, so the entries stand nearly in the order of their fingerprints, and a
 * larger table is filled from front to back out of the smaller one.
 */
export class KeyTable {
  #words: Int32Array = new Int32Array(leastSlots * 2);
  #slots = leastSlots;
  #scale = leastSlots / two32;
  #size = 0;
  /** Keeps `warm` from being optimised away. */
  #touched = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#words.byteLength + (this.#touched & 0);
  }

  /** The first slot with this fingerprint, or -1. */
  first(lo: number, hi: number): number {
    return this.#find(Math.floor((lo >>> 0) * this.#scale), lo, hi);
  }

  /**
   * Touches the slots of a chain of records that are about to be looked up: `next[index]` follows `index`, -1 ends it. The processor waits for many of
   * them at a time here, and for one after the other in `first`.
   */
  warm(lo: Int32Array, next: Int32Array, start: number): void {
    const words = this.#words;
    let touched = 0;
    for (let index = start; index >= 0; index = next[index] ?? -1) {
      touched ^= words[Math.floor(((lo[index] ?? 0) >>> 0) * this.#scale) * 2 + 1] ?? 0;
    }
    this.#touched = touched;
  }

  /** The next one behind it, or -1. */
  next(slot: number, lo: number, hi: number): number {
    return this.#find(slot + 1 === this.#slots ? 0 : slot + 1, lo, hi);
  }

  commitAt(slot: number): number {
    return (this.#words[slot * 2 + 1] ?? 0) & mostCommits;
  }

  /** Adds an entry; commits are numbered from 1. `alive` says at a growth which ones are still worth keeping. */
  add(lo: number, hi: number, commit: number, alive?: (commit: number) => boolean): void {
    if (this.#size >= this.#slots * mostLoad) this.#resize(Math.ceil(this.#slots * 1.6), alive);
    this.#put(lo, (hi << 24) | commit);
  }

  /** Makes room for so many more entries at once. */
  reserve(entries: number): void {
    const slots = Math.ceil((this.#size + entries) / 0.55);
    if (slots > this.#slots) this.#resize(slots);
  }

  /** Calls back with every entry, nearly in the order of fingerprints. */
  forEach(use: (lo: number, hi: number, commit: number) => void): void {
    const words = this.#words;
    for (let at = 0; at < words.length; at += 2) {
      const word = words[at + 1] ?? 0;
      if (word !== 0) use(words[at] ?? 0, word >>> 24, word & mostCommits);
    }
  }

  /** Keeps only the entries of these commits. */
  retain(alive: (commit: number) => boolean): void {
    let kept = 0;
    this.forEach((_lo, _hi, commit) => {
      if (alive(commit)) kept++;
    });
    this.#resize(Math.max(leastSlots, Math.ceil(kept / 0.5)), alive);
  }

  #find(from: number, lo: number, hi: number): number {
    const words = this.#words;
    const last = this.#slots - 1;
    for (let slot = from; ; slot = slot === last ? 0 : slot + 1) {
      const word = words[slot * 2 + 1] ?? 0;
      if (word === 0) return -1;
      if (words[slot * 2] === lo && word >>> 24 === hi) return slot;
    }
  }

  #put(lo: number, word: number): void {
    const words = this.#words;
    const last = this.#slots - 1;
    let slot = Math.floor((lo >>> 0) * this.#scale);
    while (words[slot * 2 + 1] !== 0) slot = slot === last ? 0 : slot + 1;
    words[slot * 2] = lo;
    words[slot * 2 + 1] = word;
    this.#size++;
  }

  #resize(slots: number, alive?: (commit: number) => boolean): void {
    const old = this.#words;
    this.#words = new Int32Array(slots * 2);
    this.#slots = slots;
    this.#scale = slots / two32;
    this.#size = 0;
    for (let at = 0; at < old.length; at += 2) {
      const word = old[at + 1] ?? 0;
      if (word !== 0 && (!alive || alive(word & mostCommits))) this.#put(old[at] ?? 0, word);
    }
  }
}
