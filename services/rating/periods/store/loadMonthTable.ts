import type { Database, Transaction } from '#shared/database/database';
import { totalsBetween } from '../../usage/store/totalColumns.ts';
import { MonthTable } from '../domain/monthTable.ts';
import { activeDaysOf } from '../domain/stretches.ts';
import { accountsByService, type ServedAccounts } from './accountsByService.ts';
import { linesByNumbers, type MonthLineRow } from './monthLines.ts';
import type { PeriodRow } from './periods.ts';
import { periodTariffs } from './periodTariffs.ts';

/** Accounts whose lines are read at a time. */
const accountsPerPage = 200_000;

/** A stretch of accounts is a part of each table, which is in their order; and what starts a process in the server costs more than it saves. */
const byIndex = 'set local enable_seqscan = off; set local max_parallel_workers_per_gather = 0';

/** A month, with the first instants of its days and of the day after. */
interface Bounds {
  start: Date;
  end: Date;
  days: readonly number[];
}

/**
 * Reads a locked month for its hand-over: every line in service at any instant of it, with or without usage, and every line with usage, of those that
 * were there when it was locked. None of that changes any more: usage that comes later is late, and a change dated before the lock is refused. So it is the
 * same whenever it is read, and usage and lines need not be of one instant: each is read by a server process of its own.
 */
export function loadMonthTable(database: Database, period: PeriodRow, month: Bounds): Promise<MonthTable> {
  return database.transaction((usage) => database.transaction((lines) => load({ usage, lines }, period, month)));
}

/** The transactions by which usage and lines are read. */
interface Sources {
  usage: Transaction;
  lines: Transaction;
}

async function load(from: Sources, period: PeriodRow, month: Bounds): Promise<MonthTable> {
  const last = period.last_account ?? 0;
  const table = new MonthTable(last);
  await Promise.all([from.usage.query(byIndex), from.lines.query(byIndex)]);
  const loading = new Loading(from, period, table, month, await periodTariffs(from.lines, period.no));
  for (let after = 0; after < last; after += accountsPerPage) {
    await loading.page(after, Math.min(after + accountsPerPage, last));
  }
  return table;
}

class Loading {
  readonly #from: Sources;
  readonly #period: PeriodRow;
  readonly #table: MonthTable;
  readonly #month: Bounds;
  readonly #versions: ReadonlyMap<string, Date | undefined>;

  constructor(
    from: Sources,
    period: PeriodRow,
    table: MonthTable,
    month: Bounds,
    versions: ReadonlyMap<string, Date | undefined>,
  ) {
    this.#from = from;
    this.#period = period;
    this.#table = table;
    this.#month = month;
    this.#versions = versions;
  }

  async page(after: number, last: number): Promise<void> {
    const [found] = await settled([this.#lines(after, last), this.#usage(after, last)]);
    const rest = this.#addWholeMonths(found);
    for (const line of await linesByNumbers(this.#from.lines, rest)) this.#add(line);
  }

  async #usage(after: number, last: number): Promise<void> {
    const { accounts, bytes, records, large } = await totalsBetween(this.#from.usage, this.#period.no, after, last);
    for (let index = 0; index < accounts.length; index++) {
      this.#table.addUsage(accounts[index] as number, bytes[index] as number, records[index] as number);
    }
    for (const each of large) this.#table.addLargeUsage(each.accountNo, each.bytes, Number(each.records));
  }

  async #lines(after: number, last: number): Promise<ServedAccounts[]> {
    await this.#folded(after, last);
    return accountsByService(this.#from.lines, this.#period, this.#month, { after, last });
  }

  async #folded(after: number, last: number): Promise<void> {
    const { rows } = await this.#from.lines.query<{ account_no: number }>(
      `select account_no from period_lines
       where period_no = $1 and account_no > $2 and account_no <= $3 and line_id > $4`,
      [this.#period.no, after, last, this.#period.cursor],
    );
    for (const { account_no } of rows) this.#table.addFolded(account_no);
  }

  /** Adds most lines: they have one offering and were in service all the time. Answers the others that belong to the month. */
  #addWholeMonths(found: readonly ServedAccounts[]): number[] {
    const { days } = this.#month;
    const rest: number[] = [];
    for (const { offeringId, tariffId, service, accounts } of found) {
      if (service === 'whole') {
        const place = this.#placeOf(offeringId, tariffId);
        for (const account of accounts) {
          if (!this.#table.isFolded(account)) this.#table.add(account, place, days.length - 1);
        }
        continue;
      }
      for (const account of accounts) {
        if ((service === 'part' || this.#table.recordsOf(account) > 0) && !this.#table.isFolded(account))
          rest.push(account);
      }
    }
    return rest;
  }

  /** A line that was in service for a part of the month, or has had several offerings, or has usage without having been in service. */
  #add(line: MonthLineRow): void {
    const { accountNo, active, offerings } = line;
    const { days } = this.#month;
    const activeDays = activeDaysOf({ firstDay: 1, lastDay: days.length - 1 }, active, days);
    if (activeDays === 0 && this.#table.recordsOf(accountNo) === 0) return;
    const lockTime = this.#period.closing_time ?? new Date();
    // Changed since the lock, or its portions would have been added up.
    const had = offerings?.findLast(({ since }) => since < lockTime) ?? offerings?.[0] ?? line;
    this.#table.add(accountNo, this.#placeOf(had.offeringId, had.tariffId), activeDays);
  }

  #placeOf(offeringId: string, tariffId: string): number {
    const version = this.#versions.has(tariffId) ? { effectiveTime: this.#versions.get(tariffId) } : undefined;
    return this.#table.placeOf({ offeringId, tariffId, version });
  }
}

/** Both, or the first failure once both have come to their end: a transaction must not end below a statement that is under way. */
async function settled<A, B>(both: [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(both);
  return Promise.all(both);
}
