import type { Transaction } from '#shared/database/database';
import { ExactSums } from '../periods/domain/exactSums.ts';
import { monthRecords } from '../usage/store/monthRecords.ts';
import { monthTotals, type TotalColumns } from '../usage/store/totalColumns.ts';
import type { MonthSums, Volume } from './domain/compare.ts';
import { lastAccount, lineIdsOf } from './store/sums.ts';

/** Most lines whose difference is kept; more of them say nothing new. */
const mostLines = 100;

/** The records of a month added up by account: two doubles an account, whatever the records. */
class AccountSums {
  readonly late: Volume = { bytes: 0n, records: 0n };
  /** Accounts from 0 to before this have a place in the sums, which is that of their number. */
  readonly #capacity: number;
  readonly #sums: ExactSums;
  readonly #used: Uint8Array;

  constructor(lastAccount: number) {
    this.#capacity = lastAccount + 1;
    this.#sums = new ExactSums(2 * this.#capacity);
    this.#used = new Uint8Array(this.#capacity);
  }

  async addAll(tx: Transaction, of: { businessNo: number; month: string; timeZone: string }): Promise<void> {
    const late = new ExactSums(2);
    for await (const { count, account, up, down, late: isLate } of monthRecords(tx, of)) {
      for (let index = 0; index < count; index++) {
        const owner = account[index] as number;
        const sent = up[index] as number;
        const received = down[index] as number;
        // Damaged: a record that cannot be is none, and so is missed in the sums.
        if (owner < 0 || owner >= this.#capacity || !isVolume(sent) || !isVolume(received)) continue;
        const cameLate = isLate[index] === 1;
        const slot = cameLate ? 0 : 2 * owner;
        const target = cameLate ? late : this.#sums;
        if (!cameLate) this.#used[owner] = 1;
        target.add(slot, sent);
        target.add(slot, received);
        target.add(slot + 1, 1);
      }
    }
    this.late.bytes = late.get(0);
    this.late.records = late.get(1);
  }

  /** Whether the account's records come to so many bytes and records, which doubles hold; each account is asked for once. */
  takeEqual(account: number, bytes: number, records: number): boolean {
    if (account >= this.#capacity) return bytes === 0 && records === 0;
    if (this.#sums.small(2 * account) !== bytes || this.#sums.small(2 * account + 1) !== records) return false;
    this.#used[account] = 0;
    return true;
  }

  /** What the account's records come to; each account is asked for once. */
  take(account: number): Volume {
    if (account >= this.#capacity || this.#used[account] === 0) return { bytes: 0n, records: 0n };
    this.#used[account] = 0;
    return { bytes: this.#sums.get(2 * account), records: this.#sums.get(2 * account + 1) };
  }

  /** Accounts that were not asked for. */
  *rest(): Generator<number> {
    for (let account = 0; account < this.#capacity; account++) if (this.#used[account] === 1) yield account;
  }
}

function isVolume(value: number): boolean {
  return value >= 0 && Number.isSafeInteger(value);
}

/** Adds up the records of a month and the lines' totals, and compares them line by line. */
export async function recordSums(
  tx: Transaction,
  of: { businessNo: number; month: string; timeZone: string; periodNo: number | undefined },
  totals: AsyncIterable<TotalColumns> | undefined = undefined,
): Promise<Pick<MonthSums, 'rated' | 'late' | 'accumulated' | 'lines'>> {
  const sums = new AccountSums(await lastAccount(tx));
  await sums.addAll(tx, of);
  // Of the lines that agree: bytes and records.
  const agreed = new ExactSums(2);
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
  for await (const page of totals ?? (of.periodNo === undefined ? [] : monthTotals(tx, of.periodNo))) {
    for (let index = 0; index < page.accounts.length; index++) {
      const account = page.accounts[index] as number;
      const bytes = page.bytes[index] as number;
      const records = page.records[index] as number;
      if (sums.takeEqual(account, bytes, records)) {
        agreed.add(0, bytes);
        agreed.add(1, records);
      } else compare(account, { bytes: BigInt(bytes), records: BigInt(records) });
    }
    for (const { accountNo, ...total } of page.large) compare(accountNo, total);
  }
  for (const accountNo of sums.rest()) compare(accountNo, { bytes: 0n, records: 0n });
  for (const sum of [rated, accumulated]) {
    sum.bytes += agreed.get(0);
    sum.records += agreed.get(1);
  }
  const lineIds = await lineIdsOf(
    tx,
    different.map(({ accountNo }) => accountNo),
  );
  const lines = different
    .map(({ accountNo, ...volumes }) => ({ lineId: lineIds.get(accountNo) ?? String(accountNo), ...volumes }))
    .toSorted((a, b) => (a.lineId < b.lineId ? -1 : 1));
  return { rated, late: sums.late, accumulated, lines };
}
