const exactLimit = Number.MAX_SAFE_INTEGER;

/**
 * What a batch adds to the totals of one month, by account. An account may have several entries: one ends before its sum could leave
 * the whole numbers that a double holds exactly. Their sum is taken by PostgreSQL, in numeric.
 */
export class MonthTotals {
  readonly accounts: number[] = [];
  readonly bytes: number[] = [];
  readonly records: number[] = [];

  add(account: number, volume: number, records: number): void {
    const last = this.accounts.length - 1;
    const sum = (this.bytes[last] ?? 0) + volume;
    if (this.accounts[last] === account && sum <= exactLimit && sum >= -exactLimit) {
      this.bytes[last] = sum;
      this.records[last] = (this.records[last] ?? 0) + records;
      return;
    }
    this.accounts.push(account);
    this.bytes.push(volume);
    this.records.push(records);
  }
}

/** An exact sum of volumes: a double as long as that is exact, and what is beyond it. */
export class ExactSum {
  #exact = 0n;
  #sum = 0;

  add(volume: number): void {
    if (this.#sum + volume > exactLimit) {
      this.#exact += BigInt(this.#sum);
      this.#sum = 0;
    }
    this.#sum += volume;
  }

  get value(): bigint {
    return this.#exact + BigInt(this.#sum);
  }
}
