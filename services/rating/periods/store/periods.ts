import type { Sql } from '#shared/database/database';

export type PeriodState = 'OPEN' | 'CLOSING' | 'CLOSED';

export interface PeriodRow {
  no: number;
  business_no: number;
  business: string;
  month: string;
  state: PeriodState;
  snapshot: boolean;
  checked: boolean;
  lines: bigint;
  moved: bigint;
  moved_bytes: string;
  /** Up to which line an earlier version has handed the month over, in the order of the lines; empty for all others. */
  cursor: string;
  /** The last account that was there when the month was locked; null before. */
  last_account: number | null;
  /** The last batch handed over, and the last line in it. */
  batches: number;
  cursor_customer: string;
  cursor_line: string;
  closing_time: Date | null;
  invoiced: bigint;
  /** Null for months of which invoices came before this was counted. */
  invoiced_bytes: string | null;
  /** Invoices of the complete bill run; null until it is. */
  bill_run_invoices: bigint | null;
  close_time: Date | null;
}

const columns = 'p.*, b.name as business';
const source = 'periods p join businesses b on b.no = p.business_no';

/** Makes sure that the months have rows: what is locked must exist. */
export async function ensurePeriods(sql: Sql, businessNo: number, months: string[]): Promise<void> {
  await sql.query(
    `insert into periods (business_no, month) select $1, month from unnest($2::text[]) as month order by month
     on conflict (business_no, month) do nothing`,
    [businessNo, months],
  );
}

/** Space of the advisory locks that order batches of usage and closes of a business, by its number. */
const queueLock = 7_470;

/**
 * A place in the queue of a business, kept until the transaction ends: batches of usage share it, a close has it alone.
 * The row locks would be enough to be right; but sharers of a row pass a waiting close by, while this queue is served in order.
 */
export async function queueUp(sql: Sql, businessNo: number, how: 'shared' | 'alone'): Promise<void> {
  const lock = how === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await sql.query(`select ${lock}($1, $2)`, [queueLock, businessNo]);
}

/**
 * Locks months against being closed until the transaction ends, and says which are open. A close that has begun is seen
 * as a whole: it holds the same rows for update.
 */
export async function sharePeriods(
  sql: Sql,
  businessNo: number,
  months: string[],
  numbers: number[] = [],
): Promise<Pick<PeriodRow, 'no' | 'month' | 'state'>[]> {
  const { rows } = await sql.query<Pick<PeriodRow, 'no' | 'month' | 'state'>>(
    `select no, month, state from periods where (business_no = $1 and month = any($2::text[])) or no = any($3::int[])
     order by no for share`,
    [businessNo, months, numbers],
  );
  return rows;
}

export async function findPeriod(sql: Sql, business: string, month: string): Promise<PeriodRow | undefined> {
  const { rows } = await sql.query<PeriodRow>(`select ${columns} from ${source} where b.name = $1 and p.month = $2`, [
    business,
    month,
  ]);
  return rows[0];
}

export async function readPeriod(sql: Sql, no: number): Promise<PeriodRow | undefined> {
  const { rows } = await sql.query<PeriodRow>(`select ${columns} from ${source} where p.no = $1`, [no]);
  return rows[0];
}

export async function lockPeriod(sql: Sql, no: number): Promise<PeriodRow | undefined> {
  const { rows } = await sql.query<PeriodRow>(`select ${columns} from ${source} where p.no = $1 for update of p`, [no]);
  return rows[0];
}

export async function listPeriods(
  sql: Sql,
  filter: { business: string; after: string[] | undefined; limit: number },
): Promise<PeriodRow[]> {
  const [month, business] = filter.after ?? [];
  const { rows } = await sql.query<PeriodRow>(
    `select ${columns} from ${source}
     where ($1 = '' or b.name = $1) and ($2::text is null or p.month < $2 or (p.month = $2 and b.name > $3))
     order by p.month desc, b.name limit $4`,
    [filter.business, month ?? null, business ?? null, filter.limit],
  );
  return rows;
}

/** When a month of a business, or a later one, was locked last; undefined while all of them are open. */
export async function lockTimeOf(sql: Sql, businessNo: number, month: string): Promise<Date | undefined> {
  const { rows } = await sql.query<{ time: Date | null }>(
    "select max(closing_time) as time from periods where business_no = $1 and month >= $2 and state <> 'OPEN'",
    [businessNo, month],
  );
  return rows[0]?.time ?? undefined;
}

export async function countInvoice(
  sql: Sql,
  month: { businessNo: number; month: string },
  invoice: { lines: number; bytes: bigint },
): Promise<void> {
  await sql.query(
    `update periods set invoiced = invoiced + 1, invoiced_lines = invoiced_lines + $3, invoiced_bytes = invoiced_bytes + $4
     where business_no = $1 and month = $2`,
    [month.businessNo, month.month, invoice.lines, invoice.bytes],
  );
}

/** Billing has issued every invoice of the month, so many. */
export async function keepBillRun(sql: Sql, businessNo: number, month: string, invoices: bigint): Promise<void> {
  await sql.query('update periods set bill_run_invoices = $3 where business_no = $1 and month = $2', [
    businessNo,
    month,
    invoices,
  ]);
}

/** Whether every invoice of the month is counted here. The bill run's end may come before the last of its invoices. */
export function isBilled({ invoiced, bill_run_invoices }: PeriodRow): boolean {
  return bill_run_invoices !== null && invoiced >= bill_run_invoices;
}

export async function periodNoOf(sql: Sql, businessNo: number, month: string): Promise<number | undefined> {
  const { rows } = await sql.query<{ no: number }>('select no from periods where business_no = $1 and month = $2', [
    businessNo,
    month,
  ]);
  return rows[0]?.no;
}
