import { copiedNumbers } from '#shared/database/copiedNumbers';
import { copyOut } from '#shared/database/copyOut';
import type { Transaction } from '#shared/database/database';

/** Accounts whose totals are read at a time. */
const accountsPerPage = 200_000;

/** Totals of lines as columns; each account once. */
export interface TotalColumns {
  accounts: Float64Array;
  /** Below 2^53; an account with more is in `large`. */
  bytes: Float64Array;
  records: Float64Array;
  large: { accountNo: number; bytes: bigint; records: bigint }[];
}

/** The lines' totals of a month, added up already or not, stretch by stretch of their accounts. */
export async function* monthTotals(tx: Transaction, periodNo: number): AsyncGenerator<TotalColumns> {
  const { rows } = await tx.query<{ last: number | null; deltas: boolean }>(
    `select greatest(
         (select max(account_no) from usage_totals where period_no = $1),
         (select max(account) from usage_deltas, unnest(accounts) as account where period_no = $1)) as last,
       exists (select from usage_deltas where period_no = $1) as deltas`,
    [periodNo],
  );
  const { last, deltas } = rows[0] ?? { last: null, deltas: false };
  for (let after = 0; after < (last ?? 0); after += accountsPerPage) {
    yield await totalsBetween(tx, periodNo, after, after + accountsPerPage, deltas);
  }
}

/** Those of a stretch of accounts; `deltas`: with what is not added up yet. */
export async function totalsBetween(
  tx: Transaction,
  periodNo: number,
  after: number,
  last: number,
  deltas = false,
): Promise<TotalColumns> {
  const rows = totals(Math.trunc(periodNo), Math.trunc(after), Math.trunc(last), deltas);
  const copied = await copyOut(
    tx,
    `select array_agg(account_no), array_agg(case when bytes < ${2 ** 53} then bytes::int8 end), array_agg(records)
     from (${rows}) as total`,
  );
  copied.row();
  const [accounts, bytes, records] = [copiedNumbers(copied), copiedNumbers(copied), copiedNumbers(copied)];
  const past = accounts.filter((_, index) => Number.isNaN(bytes[index]));
  if (past.length === 0) return { accounts, bytes, records, large: [] };
  const isSmall = (_: number, index: number) => !Number.isNaN(bytes[index]);
  return {
    accounts: accounts.filter(isSmall),
    bytes: bytes.filter(isSmall),
    records: records.filter(isSmall),
    large: await largeTotals(tx, rows, past),
  };
}

/** What is not added up yet is looked at only where there is some: then every total is a sum. */
function totals(periodNo: number, after: number, last: number, deltas: boolean): string {
  const within = (column: string) => `period_no = ${periodNo} and ${column} > ${after} and ${column} <= ${last}`;
  const added = `select account_no, bytes, records from usage_totals where ${within('account_no')}`;
  if (!deltas) return added;
  return `select account_no, sum(bytes) as bytes, sum(records)::int8 as records from (
       ${added}
       union all
       select entry.account_no, entry.bytes, entry.records
       from usage_deltas, unnest(accounts, usage_deltas.bytes, usage_deltas.records) as entry (account_no, bytes, records)
       where ${within('entry.account_no')}) as parts
     group by account_no`;
}

async function largeTotals(tx: Transaction, rows: string, accounts: Float64Array): Promise<TotalColumns['large']> {
  const large = await tx.query<{ account_no: number; bytes: string; records: bigint }>(
    `select account_no, bytes::text as bytes, records from (${rows}) as total where account_no = any($1::int[])`,
    [[...accounts]],
  );
  return large.rows.map((row) => ({ accountNo: row.account_no, bytes: BigInt(row.bytes), records: row.records }));
}
