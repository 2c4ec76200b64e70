import type { Sql } from '#shared/database/database';

/** Up to when the journal was compared with billing's ledger; undefined before the first time. */
export async function readComparedTo(sql: Sql): Promise<Date | undefined> {
  const { rows } = await sql.query<{ compared_to: Date | null }>('select compared_to from journal_comparison');
  return rows[0]?.compared_to ?? undefined;
}

/** Moves that on; never back. */
export async function moveComparedTo(sql: Sql, time: Date): Promise<void> {
  await sql.query('update journal_comparison set compared_to = greatest(compared_to, $1)', [time]);
}
