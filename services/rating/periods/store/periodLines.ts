import type { Sql, Transaction } from '#shared/database/database';

/** A line as it was, or is to be, handed over. */
export interface PeriodLineRow {
  line_id: string;
  offering_id: string;
  bytes: string;
  records: bigint;
  tariff_id: string | null;
  tariff_version: Date | null;
  /** A common.v1.LineMonth, binary; null where the totals are enough. */
  portions: Buffer | null;
}

const columns = 'line_id, offering_id, bytes::text as bytes, records, tariff_id, tariff_version, portions';

/** Lines of a locked month behind a line id, in the order of their ids. */
export async function periodLinesAfter(
  sql: Sql,
  no: number,
  choice: { after: string; limit: number; lineIds?: readonly string[] | undefined },
): Promise<PeriodLineRow[]> {
  const { rows } = await sql.query<PeriodLineRow>(
    `select ${columns} from period_lines
     where period_no = $1 and line_id > $2 and ($3::text[] is null or line_id = any($3)) order by line_id limit $4`,
    [no, choice.after, choice.lineIds ?? null, choice.limit],
  );
  return rows;
}

/** The portions of lines that were added up from their records, by their accounts. */
export async function portionsOf(
  sql: Sql,
  no: number,
  accounts: readonly number[],
): Promise<Map<number, { offeringId: string; portions: Buffer }>> {
  if (accounts.length === 0) return new Map();
  const { rows } = await sql.query<{ account_no: number; offering_id: string; portions: Buffer }>(
    'select account_no, offering_id, portions from period_lines where period_no = $1 and account_no = any($2::int[])',
    [no, accounts],
  );
  return new Map(
    rows.map(({ account_no, offering_id, portions }) => [account_no, { offeringId: offering_id, portions }]),
  );
}

/** Lines whose portions are still to be added up from the records. */
export async function linesToFold(sql: Sql, no: number, limit: number): Promise<string[]> {
  const { rows } = await sql.query<{ line_id: string }>(
    'select line_id from period_lines where period_no = $1 and to_fold order by line_id limit $2',
    [no, limit],
  );
  return rows.map(({ line_id }) => line_id);
}

/** Keeps the portions of lines, and the offering that each had at the month's end. Those kept before stay as they are. */
export async function keepPortions(
  tx: Transaction,
  no: number,
  lines: readonly { lineId: string; offeringId: string; portions: Uint8Array }[],
): Promise<void> {
  await tx.query(
    `update period_lines line set portions = folded.portions, offering_id = folded.offering_id, to_fold = false
     from unnest($2::text[], $3::text[], $4::bytea[]) as folded (line_id, offering_id, portions)
     where line.period_no = $1 and line.line_id = folded.line_id and line.to_fold`,
    [
      no,
      lines.map(({ lineId }) => lineId),
      lines.map(({ offeringId }) => offeringId),
      lines.map(({ portions }) => Buffer.from(portions)),
    ],
  );
}
