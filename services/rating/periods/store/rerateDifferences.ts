import type { Sql, Transaction } from '#shared/database/database';
import type { Money } from '#shared/money/money';

/** A line whose month comes to something else than was charged, or that could not be compared. */
export interface KeptDifference {
  lineId: string;
  /** The common.v1.LineDifference, binary. */
  difference: Uint8Array;
  /** The common.v1.LineMonth that it comes from, binary. */
  lineMonth: Uint8Array;
  /** Undefined where the line could not be compared. */
  amount: Money | undefined;
}

export async function insertDifferences(
  tx: Transaction,
  runId: string,
  lines: readonly KeptDifference[],
): Promise<void> {
  if (lines.length === 0) return;
  await tx.query(
    `insert into rerate_differences (run_id, line_id, difference, line_month, currency, minor)
     select $1, * from unnest($2::text[], $3::bytea[], $4::bytea[], $5::text[], $6::numeric[])`,
    [
      runId,
      lines.map(({ lineId }) => lineId),
      lines.map(({ difference }) => Buffer.from(difference)),
      lines.map(({ lineMonth }) => Buffer.from(lineMonth)),
      lines.map(({ amount }) => amount?.currency ?? ''),
      lines.map(({ amount }) => amount?.minor ?? 0n),
    ],
  );
}

/** The months of lines that were compared and are not charged yet. */
export async function monthsToCharge(
  sql: Sql,
  run: { id: string; charged: string; compared: string },
): Promise<Buffer[]> {
  const { rows } = await sql.query<{ line_month: Buffer }>(
    `select line_month from rerate_differences
     where run_id = $1 and line_id > $2 and line_id <= $3 and currency <> '' order by line_id`,
    [run.id, run.charged, run.compared],
  );
  return rows.map(({ line_month }) => line_month);
}

export async function differencesAfter(
  sql: Sql,
  runId: string,
  after: string,
  limit: number,
): Promise<{ line_id: string; difference: Buffer }[]> {
  const { rows } = await sql.query<{ line_id: string; difference: Buffer }>(
    'select line_id, difference from rerate_differences where run_id = $1 and line_id > $2 order by line_id limit $3',
    [runId, after, limit],
  );
  return rows;
}

/** How many lines differ, and by how much in each currency. */
export async function differenceTotals(sql: Sql, runId: string): Promise<{ lines: bigint; amounts: Money[] }> {
  const { rows } = await sql.query<{ currency: string; lines: bigint; minor: string }>(
    `select currency, count(*) as lines, sum(minor)::text as minor from rerate_differences
     where run_id = $1 and currency <> '' group by currency order by currency`,
    [runId],
  );
  return {
    lines: rows.reduce((sum, row) => sum + row.lines, 0n),
    amounts: rows.map(({ currency, minor }) => ({ currency, minor: BigInt(minor) })),
  };
}
