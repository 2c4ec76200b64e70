import type { Database } from '#shared/database/database';
import { csvRow } from '../domain/csv.ts';
import { rejectionsAfter } from '../store/rejections.ts';

const rowsPerPiece = 1_000;
const contentType = 'text/csv; charset=utf-8; header=present';

/** The refused records of a file as CSV, a piece at a time: a file of nothing but dirt does not sit in memory. */
export async function* downloadRejections(database: Database, fileNo: number) {
  let csv = csvRow(['line', 'reason', 'detail', 'record']);
  for (let line = 0; ; ) {
    const rows = await rejectionsAfter(database, fileNo, line, rowsPerPiece);
    for (const { file_line, reason, detail, record } of rows)
      csv += csvRow([String(file_line), reason, detail, record]);
    if (csv !== '') yield { contentType, data: Buffer.from(csv) };
    const last = rows.at(-1);
    if (rows.length < rowsPerPiece || !last) return;
    line = last.file_line;
    csv = '';
  }
}
