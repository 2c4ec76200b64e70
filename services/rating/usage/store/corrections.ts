import type { Sql } from '#shared/database/database';
import { corrections } from '../domain/outcomes.ts';
import type { CorrectionRow } from '../engine/protocol.ts';

/** Keeps what a batch corrects; false if one of the records was corrected before. A record that was only confirmed may still be corrected once. */
export async function insertCorrections(
  sql: Sql,
  businessNo: number,
  batch: number,
  rows: CorrectionRow[],
): Promise<boolean> {
  if (rows.length === 0) return true;
  const isReal = ({ kind }: CorrectionRow) => kind !== corrections.confirm;
  const { rowCount } = await sql.query(
    `insert into usage_corrections (business_no, partition, batch, month, place, kind, late, account_no, record_id,
       by_batch, by_month, by_place, by_id)
     select $1, partition, batch, month, place, kind, late, account_no, record_id, $2, by_month, by_place, by_id
     from unnest($3::int[], $4::int8[], $5::int[], $6::int[], $7::int[], $8::boolean[], $9::int[], $10::text[], $11::int[], $12::int[],
       $13::text[]) as c (partition, batch, month, place, kind, late, account_no, record_id, by_month, by_place, by_id)
     on conflict (business_no, partition, batch, month, place) do update set kind = excluded.kind, late = excluded.late,
       by_batch = excluded.by_batch, by_month = excluded.by_month, by_place = excluded.by_place, by_id = excluded.by_id
       where usage_corrections.kind = ${corrections.confirm}`,
    [
      businessNo,
      batch,
      rows.map(({ partition }) => partition),
      rows.map((row) => row.batch),
      rows.map(({ month }) => month),
      rows.map(({ place }) => place),
      rows.map(({ kind }) => kind),
      rows.map(({ late }) => late),
      rows.map(({ accountNo }) => accountNo),
      rows.map(({ recordId }) => recordId),
      rows.map((row) => (isReal(row) ? row.byMonth : null)),
      rows.map((row) => (isReal(row) ? row.byPlace : null)),
      rows.map((row) => (isReal(row) ? row.byId : null)),
    ],
  );
  return rowCount === rows.length;
}
