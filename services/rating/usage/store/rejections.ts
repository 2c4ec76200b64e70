import type { Sql } from '#shared/database/database';
import { printable } from '../domain/printable.ts';
import type { RecordBatch } from '../domain/recordBatch.ts';

const rowsPerStatement = 5_000;

/** Keeps why records were refused, with their text made printable. */
export async function insertRejections(sql: Sql, fileNo: number, batch: RecordBatch): Promise<void> {
  for (let start = 0; start < batch.rejections.length; start += rowsPerStatement) {
    const part = batch.rejections.slice(start, start + rowsPerStatement);
    await sql.query(
      `insert into usage_rejections (file_no, file_line, reason, detail, record)
       select $1, * from unnest($2::int[], $3::text[], $4::text[], $5::text[])`,
      [
        fileNo,
        part.map(({ line }) => line),
        part.map(({ reason }) => reason),
        part.map(({ detail }) => detail),
        part.map(({ from, to }) => printable(batch.bytes, from, to)),
      ],
    );
  }
}

export interface RejectionRow {
  file_line: number;
  reason: string;
  detail: string;
  record: string;
}

/** Rejections of a file behind a line, in the order of the lines. */
export async function rejectionsAfter(sql: Sql, fileNo: number, line: number, limit: number): Promise<RejectionRow[]> {
  const { rows } = await sql.query<RejectionRow>(
    `select file_line, reason, detail, record from usage_rejections where file_no = $1 and file_line > $2
     order by file_line limit $3`,
    [fileNo, line, limit],
  );
  return rows;
}
