import { finish } from './recordSlot.ts';

const blockWords = 16;
const bitsPerId = 16;
const probes = 6;

/**
 * A blocked Bloom filter over the slots of kept records: "surely new" or "look it up". It never decides what is a duplicate;
 * a wrong "new" is caught by the unique index, a wrong "look it up" costs one look-up. One id touches one cache line.
 */
export class IdFilter {
  readonly capacity: number;
  readonly #words: Int32Array;
  readonly #blockMask: number;
  #size = 0;

  constructor(capacity: number) {
    const blocks = 2 ** Math.ceil(Math.log2(Math.max(1, (capacity * bitsPerId) / (blockWords * 32))));
    this.capacity = (blocks * blockWords * 32) / bitsPerId;
    this.#words = new Int32Array(blocks * blockWords);
    this.#blockMask = blocks - 1;
  }

  get size(): number {
    return this.#size;
  }

  get full(): boolean {
    return this.#size > this.capacity;
  }

  add(hi: number, lo: number): void {
    const start = this.#block(hi, lo);
    let bits = finish(hi ^ Math.imul(lo, 0x9e3779b1));
    for (let probe = 0; probe < probes; probe++) {
      const word = start + ((bits >>> 5) & (blockWords - 1));
      this.#words[word] = (this.#words[word] ?? 0) | (1 << (bits & 31));
      bits = Math.imul(bits, 0x01000193) ^ (bits >>> 9);
    }
    this.#size++;
  }

  mayContain(hi: number, lo: number): boolean {
    const start = this.#block(hi, lo);
    let bits = finish(hi ^ Math.imul(lo, 0x9e3779b1));
    for (let probe = 0; probe < probes; probe++) {
      if (((this.#words[start + ((bits >>> 5) & (blockWords - 1))] ?? 0) & (1 << (bits & 31))) === 0) return false;
      bits = Math.imul(bits, 0x01000193) ^ (bits >>> 9);
    }
    return true;
  }

  #block(hi: number, lo: number): number {
    return (finish(lo + Math.imul(hi, 0x27d4eb2f)) & this.#blockMask) * blockWords;
  }
}
