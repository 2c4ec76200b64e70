import type { Sql } from '#shared/database/database';

/** How many rejections of each file are kept, counted one by one. Files without any are left out. */
export async function keptRejections(sql: Sql, fileNos: readonly number[]): Promise<Map<number, bigint>> {
  const { rows } = await sql.query<{ file_no: number; count: bigint }>(
    'select file_no, count(*) as count from usage_rejections where file_no = any($1::int[]) group by file_no',
    [fileNos],
  );
  return new Map(rows.map(({ file_no, count }) => [file_no, count]));
}
