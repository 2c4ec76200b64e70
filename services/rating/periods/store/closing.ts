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

/** What prices the lines that have a tariff, where all of them are priced the same way. */
export interface TariffPlan {
  tariffId: string;
  /** Effective time of the version whose price depends on totals alone; undefined means in force since always. */
  version: Date | undefined;
  /** Whether portions have to be added up from the records. */
  folds: boolean;
}

/**
 * Copies the totals of a locked period to the list that is handed over: every line in service at any instant of the month, with or without
 * usage, and every line with usage. The deltas must be folded; the month takes neither usage nor changes any more.
 */
export async function takeSnapshot(
  tx: Transaction,
  period: PeriodRow,
  bounds: { start: Date; end: Date },
  plans: readonly TariffPlan[],
): Promise<void> {
  await tx.query(
    `insert into period_lines
       (period_no, line_id, account_no, offering_id, bytes, records, tariff_id, tariff_version, to_fold)
     select $1, line_id, account.no, account.offering_id, coalesce(account.bytes, 0), coalesce(account.records, 0),
       case when not (plan.folds or account.offerings is not null) then plan.tariff_id end,
       case when not (plan.folds or account.offerings is not null) then plan.version end,
       coalesce(plan.folds or account.offerings is not null, false)
     from (
       select account.*, total.bytes, total.records
       from rating_accounts account
         left join usage_totals total on total.period_no = $1 and total.account_no = account.no
       where business_no = $2 and (active && tstzrange($3, $4) or total.records > 0)) as account
     left join unnest($5::text[], $6::timestamptz[], $7::boolean[]) as plan (tariff_id, version, folds)
       on plan.tariff_id = account.tariff_id`,
    [
      period.no,
      period.business_no,
      bounds.start,
      bounds.end,
      plans.map(({ tariffId }) => tariffId),
      plans.map(({ version }) => version ?? null),
      plans.map(({ folds }) => folds),
    ],
  );
  await tx.query(
    'update periods set snapshot = true, lines = (select count(*) from period_lines where period_no = $1) where no = $1',
    [period.no],
  );
}

/** Tariffs that lines of a business have. */
export async function tariffsInUse(sql: Sql, businessNo: number): Promise<string[]> {
  const { rows } = await sql.query<{ tariff_id: string }>(
    'select distinct tariff_id from rating_accounts where business_no = $1',
    [businessNo],
  );
  return rows.map(({ tariff_id }) => tariff_id);
}

export async function markChecked(tx: Transaction, no: number): Promise<void> {
  await tx.query('update periods set checked = true where no = $1', [no]);
}

/** Opens a month again whose books do not agree; nothing of it was handed over. */
export async function reopen(tx: Transaction, no: number): Promise<void> {
  await tx.query('delete from period_lines where period_no = $1', [no]);
  await tx.query(
    `update periods set state = 'OPEN', snapshot = false, checked = false, lines = 0, closing_time = null where no = $1`,
    [no],
  );
}

/** Moves the cursor behind lines that are handed over. */
export async function addMoved(
  tx: Transaction,
  no: number,
  lines: readonly { line_id: string; bytes: string }[],
): Promise<void> {
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
