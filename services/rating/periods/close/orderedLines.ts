import { copyOut, literal } from '#shared/database/copyOut';
import type { Transaction } from '#shared/database/database';
import type { MonthTable } from '../domain/monthTable.ts';

/** Lines that are read at a time. */
const linesPerPage = 20_000;

/** Lines in the order of a hand-over, as they stand in the bytes that came from the database. */
export interface LinePage {
  bytes: Buffer;
  count: number;
  account: Int32Array;
  customerFrom: Int32Array;
  customerTo: Int32Array;
  lineFrom: Int32Array;
  lineTo: Int32Array;
}

/** Reads accounts of a business behind a customer's line; keeps those that the month's table holds. */
export async function nextPage(
  tx: Transaction,
  businessNo: number,
  table: MonthTable,
  after: { customer: string; line: string },
): Promise<{ page: LinePage; last: { customer: string; line: string } | undefined }> {
  const rows = await copyOut(
    tx,
    `select customer_id, line_id, no from rating_accounts
     where business_no = ${Math.trunc(businessNo)}
       and (customer_id collate "C", line_id collate "C") > (${literal(after.customer)}, ${literal(after.line)})
     order by customer_id collate "C", line_id collate "C" limit ${linesPerPage}`,
    linesPerPage * 100,
  );
  const ints = () => new Int32Array(linesPerPage);
  const page = {
    ...{ bytes: rows.bytes, count: 0, account: ints() },
    ...{ customerFrom: ints(), customerTo: ints(), lineFrom: ints(), lineTo: ints() },
  };
  let read = 0;
  let from = 0;
  let to = 0;
  let lineFrom = 0;
  let lineTo = 0;
  for (; rows.row(); read++) {
    rows.column();
    from = rows.at;
    to = rows.end;
    rows.column();
    lineFrom = rows.at;
    lineTo = rows.end;
    const account = rows.int();
    if (!table.holds(account)) continue;
    const index = page.count++;
    page.account[index] = account;
    page.customerFrom[index] = from;
    page.customerTo[index] = to;
    page.lineFrom[index] = lineFrom;
    page.lineTo[index] = lineTo;
  }
  const text = (start: number, end: number) => rows.bytes.toString('utf8', start, end);
  return { page, last: read < linesPerPage ? undefined : { customer: text(from, to), line: text(lineFrom, lineTo) } };
}
