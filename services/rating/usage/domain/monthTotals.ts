import { outcomes, type RecordBatch } from './recordBatch.ts';

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

  /** The exact sum over all accounts. */
  get volume(): bigint {
    let exact = 0n;
    let sum = 0;
    for (const volume of this.bytes) {
      if (sum + volume > exactLimit || sum + volume < -exactLimit) {
        exact += BigInt(sum);
        sum = 0;
      }
      sum += volume;
    }
    return exact + BigInt(sum);
  }
}

/** The totals of a batch's rated records by month; `order` lists the kept records by account. */
export function totalsOf(batch: RecordBatch, order: Int32Array): Map<number, MonthTotals> {
  const byMonth = new Map<number, MonthTotals>();
  let month = -1;
  let totals = new MonthTotals();
  for (const index of order) {
    if (batch.outcome[index] !== outcomes.rated) continue;
    const monthIndex = batch.month[index] ?? 0;
    if (monthIndex !== month) {
      month = monthIndex;
      totals = byMonth.get(month) ?? new MonthTotals();
      byMonth.set(month, totals);
    }
    const account = batch.account[index] ?? 0;
    totals.add(account, batch.up[index] ?? 0, 1);
    totals.add(account, batch.down[index] ?? 0, 0);
  }
  return byMonth;
}
