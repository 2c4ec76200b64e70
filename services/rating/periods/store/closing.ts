import type { Sql, Transaction } from '#shared/database/database';
import type { PeriodRow } from './periods.ts';

export async function beginClosing(tx: Transaction, no: number, now: Date): Promise<void> {
  await tx.query("update periods set state = 'CLOSING', closing_time = $2 where no = $1", [no, now]);
}

/** A period that is being closed; the oldest first. */
export async function nextClosing(sql: Sql): Promise<number | undefined> {
  const { rows } = await sql.query<{ no: number }>(
    "select no from periods where state = 'CLOSING' order by no limit 1",
  );
  return rows[0]?.no;
}

/**
 * Copies the totals of a locked period to the list that is handed over: every line in service at any instant of the month, with or without
 * usage, and every line with usage. The deltas must be folded; the month takes neither usage nor changes any more.
 */
export async function takeSnapshot(
  tx: Transaction,
  period: PeriodRow,
  bounds: { start: Date; end: Date },
): Promise<void> {
  await tx.query(
    `insert into period_lines (period_no, line_id, offering_id, bytes, records)
     select $1, line_id, offering_id, coalesce(total.bytes, 0), coalesce(total.records, 0)
     from rating_accounts left join usage_totals total on total.period_no = $1 and total.account_no = rating_accounts.no
     where business_no = $2 and (active && tstzrange($3, $4) or total.records > 0)`,
    [period.no, period.business_no, bounds.start, bounds.end],
  );
  await tx.query(
    'update periods set snapshot = true, lines = (select count(*) from period_lines where period_no = $1) where no = $1',
    [period.no],
  );
}

export interface MovedLineRow {
  line_id: string;
  bytes: string;
  records: bigint;
}

export async function linesAfter(sql: Sql, no: number, cursor: string, limit: number): Promise<MovedLineRow[]> {
  const { rows } = await sql.query<MovedLineRow>(
    `select line_id, bytes, records from period_lines where period_no = $1 and line_id > $2 order by line_id limit $3`,
    [no, cursor, limit],
  );
  return rows;
}

export async function addMoved(tx: Transaction, no: number, lines: MovedLineRow[]): Promise<void> {
  const bytes = lines.reduce((sum, line) => sum + BigInt(line.bytes), 0n);
  await tx.query('update periods set moved = moved + $2, moved_bytes = moved_bytes + $3, cursor = $4 where no = $1', [
    no,
    lines.length,
    bytes,
    lines.at(-1)?.line_id,
  ]);
}

export async function endClosing(tx: Transaction, no: number, now: Date): Promise<void> {
  await tx.query("update periods set state = 'CLOSED', close_time = $2 where no = $1", [no, now]);
}

export interface OfferingTotal {
  offering_id: string;
  lines: bigint;
  bytes: string;
}

export async function offeringTotals(sql: Sql, no: number): Promise<OfferingTotal[]> {
  const { rows } = await sql.query<OfferingTotal>(
    `select offering_id, count(*) as lines, sum(bytes)::text as bytes from period_lines where period_no = $1
     group by offering_id order by offering_id`,
    [no],
  );
  return rows;
}

/** How many lines were in service in a month that is still open. */
export async function countLines(sql: Sql, businessNo: number, bounds: { start: Date; end: Date }): Promise<bigint> {
  const { rows } = await sql.query<{ lines: bigint }>(
    'select count(*) as lines from rating_accounts where business_no = $1 and active && tstzrange($2, $3)',
    [businessNo, bounds.start, bounds.end],
  );
  return rows[0]?.lines ?? 0n;
}
