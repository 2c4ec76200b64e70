import type { Sql } from '#shared/database/database';
import type { ReportedRejection } from '../../usage/engine/protocol.ts';

export interface ChunkRow {
  fileNo: number;
  chunk: number;
  rejections: ReportedRejection[];
}

/** Notes chunks as committed. Answers with those that are already, and what was refused of them then. */
export async function addChunks<T extends ChunkRow>(sql: Sql, chunks: T[]): Promise<T[]> {
  const { rows } = await sql.query<{ file_no: number; chunk: number }>(
    `insert into usage_file_chunks (file_no, chunk, rejections)
     select * from unnest($1::int[], $2::int[], $3::jsonb[]) as c (file_no, chunk, rejections) order by file_no, chunk on conflict do nothing returning file_no, chunk`,
    [
      chunks.map(({ fileNo }) => fileNo),
      chunks.map(({ chunk }) => chunk),
      chunks.map(({ rejections }) => JSON.stringify(rejections)),
    ],
  );
  if (rows.length === chunks.length) return [];
  const added = new Set(rows.map(({ file_no, chunk }) => `${file_no} ${chunk}`));
  const known = chunks.filter(({ fileNo, chunk }) => !added.has(`${fileNo} ${chunk}`));
  const { rows: before } = await sql.query<{ file_no: number; chunk: number; rejections: ReportedRejection[] }>(
    `select file_no, chunk, rejections from usage_file_chunks
     where (file_no, chunk) in (select * from unnest($1::int[], $2::int[]))`,
    [known.map(({ fileNo }) => fileNo), known.map(({ chunk }) => chunk)],
  );
  const rejections = new Map(before.map((row) => [`${row.file_no} ${row.chunk}`, row.rejections]));
  return known.map((each) => ({ ...each, rejections: rejections.get(`${each.fileNo} ${each.chunk}`) ?? [] }));
}

/** The business of files that are being imported; undefined if one of them is not, or they are of several. */
export async function businessOfFiles(sql: Sql, fileNos: number[]): Promise<number | undefined> {
  const wanted = [...new Set(fileNos)];
  const { rows } = await sql.query<{ business_no: number }>(
    "select business_no from usage_files where no = any($1::int[]) and state = 'IMPORTING'",
    [wanted],
  );
  const [first] = rows;
  if (!first || rows.length < wanted.length) return undefined;
  return rows.every(({ business_no }) => business_no === first.business_no) ? first.business_no : undefined;
}
