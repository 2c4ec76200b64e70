import type { TariffVersion } from '#shared/pricing/tariff';

/** What prices the whole months of lines, by their totals. */
export interface TotalsPlan {
  offeringId: string;
  tariffId: string;
  /** Undefined where nothing is known that prices them: billing then tells what is wrong. */
  version: Pick<TariffVersion, 'effectiveTime'> | undefined;
}

/** Totals of lines as columns; those that a double does not hold stand apart. */
export interface MonthUsage {
  accounts: Float64Array;
  bytes: Float64Array;
  records: Float64Array;
  large: { accountNo: number; bytes: bigint; records: bigint }[];
}

const notThere = 0;
const byRecords = 1;
const firstPlan = 2;

/**
 * The lines of a month that is handed over, by the numbers of their accounts: some twenty bytes a line, so that they can be read in the order in which
 * they are stored and handed over in that of their customers.
 */
export class MonthTable {
  readonly plans: TotalsPlan[] = [];
  readonly #places = new Map<string, number>();
  readonly #plan: Uint16Array;
  readonly #days: Uint8Array;
  readonly #bytes: Float64Array;
  readonly #records: Float64Array;
  /** Volumes that a double does not hold exactly. */
  readonly #large = new Map<number, bigint>();

  constructor(lastAccount: number) {
    this.#plan = new Uint16Array(lastAccount + 1);
    this.#days = new Uint8Array(lastAccount + 1);
    this.#bytes = new Float64Array(lastAccount + 1);
    this.#records = new Float64Array(lastAccount + 1);
  }

  /** A line that was in service on so many days, and is priced by its totals. */
  add(account: number, place: number, days: number): void {
    this.#plan[account] = place + firstPlan;
    this.#days[account] = days;
  }

  /** A line whose portions are added up from its records. */
  addFolded(account: number): void {
    this.#plan[account] = byRecords;
  }

  addUsage(account: number, bytes: number, records: number): void {
    this.#bytes[account] = bytes;
    this.#records[account] = records;
  }

  addLargeUsage(account: number, bytes: bigint, records: number): void {
    this.#large.set(account, bytes);
    this.addUsage(account, 0, records);
  }

  /** How many lines it holds. */
  get lines(): number {
    let lines = 0;
    for (const plan of this.#plan) if (plan !== notThere) lines++;
    return lines;
  }

  /** All usage that was added, stretch by stretch of the accounts. */
  *usage(accountsAtOnce = 100_000): Generator<MonthUsage> {
    for (let from = 0; from < this.#plan.length; from += accountsAtOnce) {
      const to = Math.min(from + accountsAtOnce, this.#plan.length);
      const large = [...this.#large].filter(([account]) => account >= from && account < to);
      const used = this.#usedBetween(from, to);
      yield {
        accounts: used,
        bytes: used.map((account) => this.#bytes[account] ?? 0),
        records: used.map((account) => this.recordsOf(account)),
        large: large.map(([accountNo, bytes]) => ({ accountNo, bytes, records: BigInt(this.recordsOf(accountNo)) })),
      };
    }
  }

  /** The accounts with records whose volume a double holds. */
  #usedBetween(from: number, to: number): Float64Array {
    const used = new Float64Array(to - from);
    let count = 0;
    for (let account = from; account < to; account++) {
      if (this.recordsOf(account) > 0 && !(this.#large.size > 0 && this.#large.has(account))) used[count++] = account;
    }
    return used.subarray(0, count);
  }

  placeOf(plan: TotalsPlan): number {
    const key = JSON.stringify([plan.offeringId, plan.tariffId]);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = this.plans.push(plan) - 1;
    if (place + firstPlan > 0xffff) throw new Error('a month has more than 65,000 pairs of offering and tariff');
    this.#places.set(key, place);
    return place;
  }

  holds(account: number): boolean {
    return (this.#plan[account] ?? notThere) !== notThere;
  }

  isFolded(account: number): boolean {
    return this.#plan[account] === byRecords;
  }

  /** The place of the plan of a line that is priced by its totals. */
  planOf(account: number): number {
    return (this.#plan[account] ?? 0) - firstPlan;
  }

  daysOf(account: number): number {
    return this.#days[account] ?? 0;
  }

  /** A number where a double holds it exactly. */
  bytesOf(account: number): number | bigint {
    return this.#large.get(account) ?? this.#bytes[account] ?? 0;
  }

  recordsOf(account: number): number {
    return this.#records[account] ?? 0;
  }
}
