import type { Sql, Transaction } from '#shared/database/database';
import type { UsageFault } from '../domain/compare.ts';

interface Row {
  file_id: string;
  figure: string;
  expected: string;
  actual: string;
}

/** What did not add up when the month was looked at last. */
export async function knownFaults(sql: Sql, businessNo: number, month: string): Promise<UsageFault[]> {
  const { rows } = await sql.query<Row>(
    `select file_id, figure, expected, actual from conservation_faults
     where business_no = $1 and month = $2 order by file_id collate "C", figure collate "C"`,
    [businessNo, month],
  );
  return rows.map((row) => ({
    fileId: row.file_id,
    check: row.figure,
    expected: BigInt(row.expected),
    actual: BigInt(row.actual),
  }));
}

/** Keeps what does not add up now, and nothing else; answers with the figures that did add up before. */
export async function keepFaults(
  tx: Transaction,
  of: { businessNo: number; month: string; now: Date },
  faults: readonly UsageFault[],
): Promise<UsageFault[]> {
  const { rows } = await tx.query<{ file_id: string; figure: string; is_new: boolean }>(
    `with found as (select * from unnest($4::text[], $5::text[], $6::text[], $7::text[]) as f (file_id, figure, expected, actual)),
     gone as (
       delete from conservation_faults known where business_no = $1 and month = $2
         and not exists (select from found where found.file_id = known.file_id and found.figure = known.figure))
     insert into conservation_faults as known (business_no, month, file_id, figure, expected, actual, found_time)
     select $1, $2, file_id, figure, expected, actual, $3 from found
     on conflict (business_no, month, file_id, figure) do update set expected = excluded.expected, actual = excluded.actual
     returning file_id, figure, xmax = 0 as is_new`,
    [
      of.businessNo,
      of.month,
      of.now,
      faults.map(({ fileId }) => fileId),
      faults.map(({ check }) => check),
      faults.map(({ expected }) => String(expected)),
      faults.map(({ actual }) => String(actual)),
    ],
  );
  const fresh = new Set(rows.filter(({ is_new }) => is_new).map(keyOf));
  return faults.filter(({ fileId, check }) => fresh.has(keyOf({ file_id: fileId, figure: check })));
}

function keyOf({ file_id, figure }: { file_id: string; figure: string }): string {
  return `${file_id} ${figure}`;
}

export async function markExamined(tx: Transaction, periodNo: number, now: Date): Promise<void> {
  await tx.query('update periods set examined_time = $2 where no = $1', [periodNo, now]);
}

/** How many figures of each business did not add up when they were looked at last. */
export async function countFaults(sql: Sql): Promise<{ business: string; faults: number }[]> {
  const { rows } = await sql.query<{ business: string; faults: number }>(
    `select b.name as business, count(f.business_no)::int as faults
     from businesses b left join conservation_faults f on f.business_no = b.no group by b.name`,
  );
  return rows;
}

/** Months that are open, being closed, or were closed after a time, and that nobody has looked at since another; the oldest first. */
export async function monthsToExamine(
  sql: Sql,
  { closedAfter, lookedAtBefore }: { closedAfter: Date; lookedAtBefore: Date },
): Promise<{ no: number; businessNo: number; month: string }[]> {
  const { rows } = await sql.query<{ no: number; businessNo: number; month: string }>(
    `select no, business_no as "businessNo", month from periods
     where (state <> 'CLOSED' or close_time > $1) and (examined_time is null or examined_time <= $2) order by month, no`,
    [closedAfter, lookedAtBefore],
  );
  return rows;
}
