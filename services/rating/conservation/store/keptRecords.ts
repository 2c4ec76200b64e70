import type { Sql } from '#shared/database/database';

/** Which files and reports brought records of a month of a business, by their numbers. */
export async function filesOfMonth(sql: Sql, of: { businessNo: number; start: Date; end: Date }): Promise<number[]> {
  const { rows } = await sql.query<{ file_no: number }>(
    `select distinct record.file_no from usage_records record
       join usage_files file on file.no = record.file_no and file.business_no = $1
     where record.start_time >= $2 and record.start_time < $3`,
    [of.businessNo, of.start, of.end],
  );
  return rows.map(({ file_no }) => file_no);
}

/** How many records of each file are kept, counted one by one. Files without any are left out. */
export function keptRecords(sql: Sql, fileNos: readonly number[]): Promise<Map<number, bigint>> {
  return counted(
    sql,
    'select file_no, count(*) as count from usage_records where file_no = any($1::int[]) group by file_no',
    fileNos,
  );
}

/** The same of rejections. */
export function keptRejections(sql: Sql, fileNos: readonly number[]): Promise<Map<number, bigint>> {
  return counted(
    sql,
    'select file_no, count(*) as count from usage_rejections where file_no = any($1::int[]) group by file_no',
    fileNos,
  );
}

async function counted(sql: Sql, statement: string, fileNos: readonly number[]): Promise<Map<number, bigint>> {
  const { rows } = await sql.query<{ file_no: number; count: bigint }>(statement, [fileNos]);
  return new Map(rows.map(({ file_no, count }) => [file_no, count]));
}
