import { finish } from '../domain/textHash.ts';

const blockWords = 16;
const bitsPerKey = 10;
const probes = 6;

/** A blocked Bloom filter over fingerprints: "surely not here" or "look". One fingerprint touches one line of the processor's cache. */
export class BloomFilter {
  readonly #words: Int32Array;
  readonly #blocks: number;

  constructor(keys: number) {
    this.#blocks = Math.max(1, Math.ceil((keys * bitsPerKey) / (blockWords * 32)));
    this.#words = new Int32Array(this.#blocks * blockWords);
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  add(lo: number, hi: number): void {
    const start = this.#block(lo, hi);
    let bits = finish(lo ^ Math.imul(hi + 1, 0x9e3779b1));
    for (let probe = 0; probe < probes; probe++) {
      const word = start + ((bits >>> 5) & (blockWords - 1));
      this.#words[word] = (this.#words[word] ?? 0) | (1 << (bits & 31));
      bits = Math.imul(bits, 0x01000193) ^ (bits >>> 9);
    }
  }

  mayHave(lo: number, hi: number): boolean {
    const start = this.#block(lo, hi);
    let bits = finish(lo ^ Math.imul(hi + 1, 0x9e3779b1));
    for (let probe = 0; probe < probes; probe++) {
      if (((this.#words[start + ((bits >>> 5) & (blockWords - 1))] ?? 0) & (1 << (bits & 31))) === 0) return false;
      bits = Math.imul(bits, 0x01000193) ^ (bits >>> 9);
    }
    return true;
  }

  #block(lo: number, hi: number): number {
    const mixed = finish(lo + Math.imul(hi, 0x27d4eb2f)) >>> 0;
    return Math.floor((mixed / 4_294_967_296) * this.#blocks) * blockWords;
  }
}
