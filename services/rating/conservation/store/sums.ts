import type { Sql } from '#shared/database/database';
import { keptRecords } from '../../usage/store/fileRecords.ts';
import type { FileSums, Volume } from '../domain/compare.ts';
import { keptRejections } from './keptRejections.ts';

/** The sum of the totals as they were handed over: in batches, and line by line by an earlier version. */
export async function lockedTotals(sql: Sql, periodNo: number): Promise<Volume> {
  const { rows } = await sql.query<{ bytes: string; records: string }>(
    `select coalesce(sum(bytes), 0)::text as bytes, coalesce(sum(records), 0)::text as records from (
       select bytes, records from moved_batches where period_no = $1
       union all
       select bytes, records from period_lines where period_no = $1) as moved`,
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

/** The highest number of an account; 0 while there is none. */
export async function lastAccount(sql: Sql): Promise<number> {
  const { rows } = await sql.query<{ no: number }>('select coalesce(max(no), 0) as no from rating_accounts');
  return rows[0]?.no ?? 0;
}
