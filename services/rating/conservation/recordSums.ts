import type { Sql } from '#shared/database/database';
import { ExactSums } from '../periods/domain/exactSums.ts';
import { monthRecords } from '../usage/store/monthRecords.ts';
import type { MonthSums, Volume } from './domain/compare.ts';
import { accountTotals, lineIdsOf } from './store/sums.ts';

const accountsPerPage = 50_000;

/** Most lines whose difference is kept; more of them say nothing new. */
const mostLines = 100;

/** The records of a month added up by account: two doubles an account, whatever the records. */
class AccountSums {
  readonly late: Volume = { bytes: 0n, records: 0n };
  readonly #slots = new Map<number, number>();
  #sums = new ExactSums(2_048);
  #capacity = 1_024;

  async addAll(sql: Sql, of: { businessNo: number; month: string; timeZone: string }): Promise<void> {
    const late = new ExactSums(2);
    for await (const { count, account, up, down, late: isLate } of monthRecords(sql, of)) {
      for (let index = 0; index < count; index++) {
        const cameLate = isLate[index] === 1;
        const slot = cameLate ? 0 : 2 * this.#slotOf(account[index] ?? 0);
        const target = cameLate ? late : this.#sums;
        target.add(slot, up[index] ?? 0);
        target.add(slot, down[index] ?? 0);
        target.add(slot + 1, 1);
      }
    }
    this.late.bytes = late.get(0);
    this.late.records = late.get(1);
  }

  #slotOf(account: number): number {
    const known = this.#slots.get(account);
    if (known !== undefined) return known;
    const slot = this.#slots.size;
    if (slot === this.#capacity) {
      this.#capacity *= 2;
      this.#sums = this.#sums.grown(2 * this.#capacity);
    }
    this.#slots.set(account, slot);
    return slot;
  }

  /** What the account's records come to; each account is asked for once. */
  take(account: number): Volume {
    const slot = this.#slots.get(account);
    if (slot === undefined) return { bytes: 0n, records: 0n };
    this.#slots.delete(account);
    return { bytes: this.#sums.get(2 * slot), records: this.#sums.get(2 * slot + 1) };
  }

  /** Accounts that were not asked for. */
  rest(): number[] {
    return [...this.#slots.keys()];
  }
}

/** Adds up the records of a month and the lines' totals, and compares them line by line. */
export async function recordSums(
  sql: Sql,
  of: { businessNo: number; month: string; timeZone: string; periodNo: number | undefined },
): Promise<Pick<MonthSums, 'rated' | 'late' | 'accumulated' | 'lines'>> {
  const sums = new AccountSums();
  await sums.addAll(sql, of);
  const rated: Volume = { bytes: 0n, records: 0n };
  const accumulated: Volume = { bytes: 0n, records: 0n };
  const different: { accountNo: number; rated: Volume; accumulated: Volume }[] = [];
  const compare = (accountNo: number, total: Volume) => {
    const own = sums.take(accountNo);
    rated.bytes += own.bytes;
    rated.records += own.records;
    accumulated.bytes += total.bytes;
    accumulated.records += total.records;
    if (own.bytes === total.bytes && own.records === total.records) return;
    if (different.length < mostLines) different.push({ accountNo, rated: own, accumulated: total });
  };
  for (let after = 0; of.periodNo !== undefined; ) {
    const page = await accountTotals(sql, of.periodNo, after, accountsPerPage);
    for (const { accountNo, bytes, records } of page) compare(accountNo, { bytes, records });
    if (page.length < accountsPerPage) break;
    after = page.at(-1)?.accountNo ?? after;
  }
  for (const accountNo of sums.rest()) compare(accountNo, { bytes: 0n, records: 0n });
  const lineIds = await lineIdsOf(
    sql,
    different.map(({ accountNo }) => accountNo),
  );
  const lines = different
    .map(({ accountNo, ...volumes }) => ({ lineId: lineIds.get(accountNo) ?? String(accountNo), ...volumes }))
    .toSorted((a, b) => (a.lineId < b.lineId ? -1 : 1));
  return { rated, late: sums.late, accumulated, lines };
}
