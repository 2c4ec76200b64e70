import type { Sql } from '#shared/database/database';
import type { Interval } from '#shared/time/month';

/** A line with what prices its month, as rating's account of it has it. */
export interface MonthLineRow {
  accountNo: number;
  lineId: string;
  offeringId: string;
  tariffId: string;
  /** What it has had, oldest first; undefined where it has had one offering only. */
  offerings: { since: Date; offeringId: string; tariffId: string }[] | undefined;
  active: Interval[];
}

/** A line with its totals of the month. */
export interface MonthTotalsRow extends MonthLineRow {
  bytes: bigint;
  records: bigint;
}

/** A month of a business. */
export interface MonthKey {
  businessNo: number;
  /** Undefined while the month has no row: then it has no usage either. */
  periodNo: number | undefined;
  start: Date;
  end: Date;
}

/** Which lines are asked for: those behind a line id, or those named. */
export interface LineChoice {
  after: string;
  limit: number;
  lineIds?: readonly string[] | undefined;
}

interface Row {
  no: number;
  line_id: string;
  offering_id: string;
  tariff_id: string;
  offerings: { since: string; offeringId: string; tariffId: string }[] | null;
  starts: Date[];
  ends: (Date | null)[];
  bytes: string;
  records: bigint;
}

const lineColumns = `a.no, a.line_id, a.offering_id, a.tariff_id, a.offerings,
  array(select lower(stretch) from unnest(a.active) as stretch) as starts,
  array(select upper(stretch) from unnest(a.active) as stretch) as ends`;

/**
 * Lines that were in service at any instant of the month, and lines with usage in it, in the order in which a close hands them over (customer and line), with
 * their totals: what is added up already and what is not yet.
 */
export async function monthLines(sql: Sql, month: MonthKey, choice: LineChoice): Promise<MonthTotalsRow[]> {
  const { rows } = await sql.query<Row>(
    `with delta as materialized (
       select entry.account_no, sum(entry.bytes) as bytes, sum(entry.records) as records
       from usage_deltas, unnest(accounts, usage_deltas.bytes, usage_deltas.records) as entry (account_no, bytes, records)
       where period_no = $2 group by entry.account_no)
     select ${lineColumns}, (coalesce(total.bytes, 0) + coalesce(delta.bytes, 0))::text as bytes,
       (coalesce(total.records, 0) + coalesce(delta.records, 0))::int8 as records
     from rating_accounts a
       left join usage_totals total on total.period_no = $2 and total.account_no = a.no
       left join delta on delta.account_no = a.no
     where a.business_no = $1 and ($6::text[] is null or a.line_id = any($6))
       and (a.customer_id collate "C", a.line_id collate "C")
         > (coalesce((select customer_id from rating_accounts where line_id = $5), ''), $5)
       and (a.active && tstzrange($3, $4) or coalesce(total.records, 0) + coalesce(delta.records, 0) > 0)
     order by a.customer_id collate "C", a.line_id collate "C" limit $7`,
    [
      month.businessNo,
      month.periodNo ?? null,
      month.start,
      month.end,
      choice.after,
      choice.lineIds ?? null,
      choice.limit,
    ],
  );
  return rows.map((row) => ({ ...lineOf(row), bytes: BigInt(row.bytes), records: row.records }));
}

/** The lines that a month was closed with, and those in service in it by what is known now. */
export async function closedOrActiveLines(sql: Sql, month: MonthKey, choice: LineChoice): Promise<MonthLineRow[]> {
  const { rows } = await sql.query<Row>(
    `select ${lineColumns} from rating_accounts a
     where a.business_no = $1 and a.line_id > $5 and ($6::text[] is null or a.line_id = any($6))
       and (a.active && tstzrange($3, $4)
         or a.no in (select unnest(accounts) from moved_batches where period_no = $2)
         or exists (select from period_lines p where p.period_no = $2 and p.line_id = a.line_id))
     order by a.line_id limit $7`,
    [
      month.businessNo,
      month.periodNo ?? null,
      month.start,
      month.end,
      choice.after,
      choice.lineIds ?? null,
      choice.limit,
    ],
  );
  return rows.map(lineOf);
}

/** Lines by the numbers of their accounts. */
export async function linesByNumbers(sql: Sql, numbers: readonly number[]): Promise<MonthLineRow[]> {
  if (numbers.length === 0) return [];
  const { rows } = await sql.query<Row>(`select ${lineColumns} from rating_accounts a where a.no = any($1::int[])`, [
    numbers,
  ]);
  return rows.map(lineOf);
}

/** Whose lines they are. */
export async function customersOf(sql: Sql, lineIds: readonly string[]): Promise<{ customer: string; line: string }[]> {
  const { rows } = await sql.query<{ customer: string; line: string }>(
    'select customer_id as customer, line_id as line from rating_accounts where line_id = any($1)',
    [lineIds],
  );
  return rows;
}

/** Lines by their ids, in that order. */
export async function linesByIds(sql: Sql, lineIds: readonly string[]): Promise<MonthLineRow[]> {
  const { rows } = await sql.query<Row>(
    `select ${lineColumns} from rating_accounts a where a.line_id = any($1::text[]) order by a.line_id`,
    [lineIds],
  );
  return rows.map(lineOf);
}

function lineOf(row: Row): MonthLineRow {
  return {
    accountNo: row.no,
    lineId: row.line_id,
    offeringId: row.offering_id,
    tariffId: row.tariff_id,
    offerings: row.offerings?.map(({ since, ...given }) => ({ since: new Date(since), ...given })),
    active: row.starts.map((start, index) => {
      const end = row.ends[index];
      return end ? { start, end } : { start };
    }),
  };
}
