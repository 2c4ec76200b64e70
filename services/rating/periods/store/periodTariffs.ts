import type { Sql, Transaction } from '#shared/database/database';

/** By which versions tariffs price the lines of a locked month by their totals; undefined: in force since always. */
export async function periodTariffs(sql: Sql, no: number): Promise<Map<string, Date | undefined>> {
  const { rows } = await sql.query<{ tariff_id: string; tariff_version: Date | null }>(
    'select tariff_id, tariff_version from period_tariffs where period_no = $1',
    [no],
  );
  return new Map(rows.map(({ tariff_id, tariff_version }) => [tariff_id, tariff_version ?? undefined]));
}

export async function keepPeriodTariffs(
  tx: Transaction,
  no: number,
  versions: readonly { tariffId: string; version: Date | undefined }[],
): Promise<void> {
  await tx.query(
    'insert into period_tariffs (period_no, tariff_id, tariff_version) select $1, * from unnest($2::text[], $3::timestamptz[])',
    [no, versions.map(({ tariffId }) => tariffId), versions.map(({ version }) => version ?? null)],
  );
}
