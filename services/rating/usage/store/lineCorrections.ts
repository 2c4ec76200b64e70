import type { Sql } from '#shared/database/database';
import type { LineMonth } from './lineRecords.ts';

export interface LineCorrection {
  batch: number;
  month: number;
  place: number;
  kind: number;
  record_id: string;
  by_batch: number;
  by_month: number;
  by_place: number;
  by_id: string;
}

/** What was corrected in a line's month or by records of it. Corrections are rare. */
export async function lineCorrections(sql: Sql, of: LineMonth): Promise<LineCorrection[]> {
  const { rows } = await sql.query<LineCorrection>(
    `select batch::float8 as batch, month, place, kind, record_id, by_batch::float8 as by_batch, by_month, by_place, by_id
     from usage_corrections
     where business_no = $1 and partition = $2 and account_no = $3 and kind <> 3 and (month = $4 or by_month = $4)`,
    [of.businessNo, of.partition, of.accountNo, of.month],
  );
  return rows;
}
