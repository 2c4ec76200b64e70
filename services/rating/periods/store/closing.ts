import type { Sql, Transaction } from '#shared/database/database';
import type { PeriodRow } from './periods.ts';
import { keepPeriodTariffs } from './periodTariffs.ts';

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
 * Fixes what the steps behind the lock go by: which lines there are, by which version each tariff prices totals, and which lines are added up from their records. The
 * deltas must be folded; the month takes neither usage nor changes any more.
 */
export async function takeSnapshot(
  tx: Transaction,
  period: PeriodRow,
  bounds: { start: Date; end: Date },
  plans: readonly TariffPlan[],
): Promise<void> {
  await tx.query(
    `insert into period_lines (period_no, line_id, account_no, offering_id, bytes, records, to_fold)
     select $1, line_id, account.no, account.offering_id, coalesce(total.bytes, 0), coalesce(total.records, 0), true
     from rating_accounts account
       left join usage_totals total on total.period_no = $1 and total.account_no = account.no
     where business_no = $2 and (active && tstzrange($3, $4) or total.records > 0)
       and (account.offerings is not null or account.tariff_id = any($5))`,
    [
      period.no,
      period.business_no,
      bounds.start,
      bounds.end,
      plans.filter(({ folds }) => folds).map(({ tariffId }) => tariffId),
    ],
  );
  await keepPeriodTariffs(
    tx,
    period.no,
    plans.filter(({ folds }) => !folds),
  );
  await tx.query(
    `update periods set snapshot = true, last_account = (select coalesce(max(no), 0) from rating_accounts) where no = $1`,
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

/** The month's books agree: so many lines are to be handed over. An earlier version may have handed over some of them. */
export async function markChecked(tx: Transaction, no: number, lines: number): Promise<void> {
  await tx.query('update periods set checked = true, lines = moved + $2 where no = $1', [no, lines]);
}

/** Opens a month again whose books do not agree; nothing of it was handed over. */
export async function reopen(tx: Transaction, no: number): Promise<void> {
  await tx.query('delete from period_lines where period_no = $1', [no]);
  await tx.query('delete from period_tariffs where period_no = $1', [no]);
  await tx.query(
    `update periods set state = 'OPEN', snapshot = false, checked = false, lines = 0, closing_time = null where no = $1`,
    [no],
  );
}

/** The month is handed over. Lines that were added up from their records are in their batches now. */
export async function endClosing(tx: Transaction, { no, cursor }: PeriodRow, now: Date): Promise<void> {
  await tx.query("update periods set state = 'CLOSED', close_time = $2, lines = moved where no = $1", [no, now]);
  await tx.query('delete from period_lines where period_no = $1 and line_id > $2', [no, cursor]);
}

export interface OfferingTotal {
  offering_id: string;
  lines: bigint;
  bytes: string;
}

/** What was handed over by offering: in batches, and line by line by an earlier version. */
export async function offeringTotals(sql: Sql, { no, cursor }: PeriodRow): Promise<OfferingTotal[]> {
  const { rows } = await sql.query<OfferingTotal>(
    `select offering_id, sum(lines)::int8 as lines, sum(bytes)::text as bytes from (
       select offering->>'offeringId' as offering_id, (offering->>'lines')::int8 as lines, (offering->>'bytes')::numeric as bytes
       from moved_batches, jsonb_array_elements(offerings) as offering where period_no = $1
       union all
       select offering_id, 1, bytes from period_lines where period_no = $1 and line_id <= $2) as moved
     group by offering_id order by offering_id`,
    [no, cursor],
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
