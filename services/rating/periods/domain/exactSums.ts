/**
 * Many sums of whole numbers, exact whatever they come to: a double each, and a bigint where one outgrows it. `add` takes whole
 * numbers from 0 to 2^53-1.
 */
export class ExactSums {
  readonly #low: Float64Array;
  readonly #high = new Map<number, bigint>();

  constructor(count: number) {
    this.#low = new Float64Array(count);
  }

  add(slot: number, value: number): void {
    const sum = (this.#low[slot] ?? 0) + value;
    if (sum <= Number.MAX_SAFE_INTEGER) {
      this.#low[slot] = sum;
      return;
    }
    this.addLarge(slot, BigInt(this.#low[slot] ?? 0) + BigInt(value));
    this.#low[slot] = 0;
  }

  addLarge(slot: number, value: bigint): void {
    this.#high.set(slot, (this.#high.get(slot) ?? 0n) + value);
  }

  /** The sum where a double holds it; else undefined. */
  small(slot: number): number | undefined {
    return this.#high.size > 0 && this.#high.has(slot) ? undefined : this.#low[slot];
  }

  get(slot: number): bigint {
    return (this.#high.get(slot) ?? 0n) + BigInt(this.#low[slot] ?? 0);
  }
}
