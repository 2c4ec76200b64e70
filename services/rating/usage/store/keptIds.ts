import type { Sql } from '#shared/database/database';

/** A kept id and, where it stood on a line without an end, what was read there. */
export interface KeptId {
  slot: bigint;
  businessNo: number;
  recordId: string;
  unterminated: UnterminatedRecord | undefined;
}

export interface UnterminatedRecord {
  accountNo: number;
  periodNo: number;
  startTime: Date;
  up: number;
  down: number;
  outcome: number;
}

interface Row {
  slot: bigint;
  business_no: number;
  record_id: string;
  account_no: number | null;
  period_no: number;
  start_time: Date;
  bytes_up: bigint;
  bytes_down: bigint;
  outcome: number;
}

/** Which of the slots are taken, and by which id. */
export async function findKeptIds(sql: Sql, slots: bigint[]): Promise<Map<bigint, KeptId>> {
  const found = new Map<bigint, KeptId>();
  if (slots.length === 0) return found;
  const { rows } = await sql.query<Row>(
    `select slot, kept.business_no, kept.record_id, cut.account_no, cut.period_no, cut.start_time, cut.bytes_up, cut.bytes_down,
       cut.outcome
     from usage_ids as kept left join unterminated_records as cut using (slot) where slot = any($1::int8[])`,
    [`{${slots.join(',')}}`],
  );
  for (const row of rows) {
    found.set(row.slot, {
      slot: row.slot,
      businessNo: row.business_no,
      recordId: row.record_id,
      unterminated: row.account_no === null ? undefined : unterminatedOf(row, row.account_no),
    });
  }
  return found;
}

function unterminatedOf(row: Row, accountNo: number): UnterminatedRecord {
  return {
    accountNo,
    periodNo: row.period_no,
    startTime: row.start_time,
    up: Number(row.bytes_up),
    down: Number(row.bytes_down),
    outcome: row.outcome,
  };
}
