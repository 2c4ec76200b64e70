import type { Sql } from '#shared/database/database';

/** The COPY that a batch's rejections are written with. */
export const rejectionsCopy =
  'copy usage_rejections (file_no, file_line, reason, detail, record) from stdin (format binary)';

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
