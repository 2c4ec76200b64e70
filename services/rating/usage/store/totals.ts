import type { Sql, Transaction } from '#shared/database/database';
import type { TotalsText } from '../engine/protocol.ts';

/** Adds a batch's totals of one period, as one row that `foldDeltas` later adds to the lines' totals. */
export async function addDelta(sql: Sql, periodNo: number, { accounts, bytes, records }: TotalsText): Promise<void> {
  await sql.query(
    'insert into usage_deltas (period_no, accounts, bytes, records) values ($1, $2::int[], $3::int8[], $4::int[])',
    [periodNo, accounts, bytes, records],
  );
}

/**
 * Moves deltas into the totals; answers how many. Deltas that another process is folding are left to it. Lines are
 * updated in the order of their accounts, so that two processes wait for each other and never deadlock.
 */
export async function foldDeltas(tx: Transaction, most = 64): Promise<number> {
  return fold(tx, 'select no from usage_deltas order by no limit $1 for update skip locked', [most]);
}

/** Moves all deltas of a locked period into the totals, waiting for whoever is folding some of them. */
export async function foldPeriod(tx: Transaction, periodNo: number): Promise<number> {
  return fold(tx, 'select no from usage_deltas where period_no = $1 order by no for update', [periodNo]);
}

async function fold(tx: Transaction, chosen: string, values: unknown[]): Promise<number> {
  const { rows } = await tx.query<{ folded: number }>(
    `with chosen as materialized (${chosen}),
     taken as (delete from usage_deltas using chosen where usage_deltas.no = chosen.no returning period_no, accounts, bytes, records),
     sums as (
       select period_no, account_no, sum(entry.bytes) as bytes, sum(entry.records) as records
       from taken, unnest(accounts, taken.bytes, taken.records) as entry (account_no, bytes, records)
       group by period_no, account_no order by period_no, account_no),
     added as (
       insert into usage_totals as total (period_no, account_no, bytes, records) select * from sums
       on conflict (period_no, account_no) do update
         set bytes = total.bytes + excluded.bytes, records = total.records + excluded.records)
     select count(*)::int as folded from taken`,
    values,
  );
  return rows[0]?.folded ?? 0;
}

export interface LineTotal {
  bytes: bigint;
  records: bigint;
}

/** A line's total of a period: what is folded and what is not yet, in one statement and so at one moment. */
export async function lineTotal(sql: Sql, periodNo: number, accountNo: number): Promise<LineTotal> {
  const { rows } = await sql.query<{ bytes: string; records: string }>(
    `select coalesce(sum(bytes), 0)::text as bytes, coalesce(sum(records), 0)::text as records from (
       select bytes, records from usage_totals where period_no = $1 and account_no = $2
       union all
       select entry.bytes, entry.records
       from usage_deltas, unnest(accounts, usage_deltas.bytes, usage_deltas.records) as entry (account_no, bytes, records)
       where period_no = $1 and entry.account_no = $2) as parts`,
    [periodNo, accountNo],
  );
  return { bytes: BigInt(rows[0]?.bytes ?? 0), records: BigInt(rows[0]?.records ?? 0) };
}
