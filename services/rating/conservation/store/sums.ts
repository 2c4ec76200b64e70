import type { Sql } from '#shared/database/database';
import { keptRecords } from '../../usage/store/fileRecords.ts';
import type { FileSums, Volume } from '../domain/compare.ts';
import { keptRejections } from './keptRejections.ts';

/** The lines' totals of a month, added up already or not: one row an account, in the order of the accounts. */
export async function accountTotals(
  sql: Sql,
  periodNo: number,
  after: number,
  limit: number,
): Promise<(Volume & { accountNo: number })[]> {
  const { rows } = await sql.query<{ account_no: number; bytes: string; records: string }>(
    `select account_no, sum(bytes)::text as bytes, sum(records)::text as records from (
       select account_no, bytes, records from usage_totals where period_no = $1 and account_no > $2
       union all
       select entry.account_no, entry.bytes, entry.records
       from usage_deltas, unnest(accounts, usage_deltas.bytes, usage_deltas.records) as entry (account_no, bytes, records)
       where period_no = $1 and entry.account_no > $2) as parts
     group by account_no order by account_no limit $3`,
    [periodNo, after, limit],
  );
  return rows.map(({ account_no, bytes, records }) => ({
    accountNo: account_no,
    bytes: BigInt(bytes),
    records: BigInt(records),
  }));
}

/** The sum of the totals as they were copied when the month was locked. */
export async function lockedTotals(sql: Sql, periodNo: number): Promise<Volume> {
  const { rows } = await sql.query<{ bytes: string; records: string }>(
    `select coalesce(sum(bytes), 0)::text as bytes, coalesce(sum(records), 0)::text as records from period_lines
     where period_no = $1`,
    [periodNo],
  );
  return { bytes: BigInt(rows[0]?.bytes ?? 0), records: BigInt(rows[0]?.records ?? 0) };
}

interface FileRow {
  no: number;
  id: string;
  received: bigint;
  rated: bigint;
  duplicate: bigint;
  rejected: bigint;
  late: bigint;
}

/** Where the records of these files went, in the order of the files' ids. */
export async function fileSums(sql: Sql, fileNos: readonly number[]): Promise<FileSums[]> {
  const { rows } = await sql.query<FileRow>(
    `select no, id, records_read as received, rated, duplicate, late,
       malformed + unknown_line + apn_mismatch + line_not_active + future + unknown_record as rejected
     from usage_files where no = any($1::int[]) order by id`,
    [fileNos],
  );
  const kept = await keptRecords(sql, fileNos);
  const rejections = await keptRejections(sql, fileNos);
  return rows.map(({ no, id, ...counts }) => ({
    fileId: id,
    ...counts,
    kept: kept.get(no) ?? 0n,
    keptRejections: rejections.get(no) ?? 0n,
  }));
}

/** A file of the business whose counts alone do not add up: this is known without counting any records. */
export async function findMiscounted(
  sql: Sql,
  businessNo: number,
): Promise<{ fileId: string; received: bigint; counted: bigint } | undefined> {
  const { rows } = await sql.query<{ fileId: string; received: bigint; counted: bigint }>(
    `select id as "fileId", records_read as received, counted from (
       select *, rated + duplicate + late + malformed + unknown_line + apn_mismatch + line_not_active + future + unknown_record as counted
       from usage_files where business_no = $1) as files
     where records_read <> counted order by id limit 1`,
    [businessNo],
  );
  return rows[0];
}

/** The ids of the lines of these accounts. */
export async function lineIdsOf(sql: Sql, accountNos: readonly number[]): Promise<Map<number, string>> {
  const { rows } = await sql.query<{ no: number; line_id: string }>(
    'select no, line_id from rating_accounts where no = any($1::int[])',
    [accountNos],
  );
  return new Map(rows.map(({ no, line_id }) => [no, line_id]));
}
