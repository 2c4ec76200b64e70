import type { Sql } from '#shared/database/database';
import { monthBounds } from '#shared/time/month';
import { outcomes } from '../domain/recordBatch.ts';

/** Kept records as columns; those of one account follow one another. */
export interface RecordColumns {
  count: number;
  account: Int32Array;
  /** µs since 2000. */
  time: Float64Array;
  up: Float64Array;
  down: Float64Array;
  /**
   * 0: counts. 1: late, it came after the close: counts only with what is known since. 2: counted when the month was closed, and was taken
   * back since: no longer counts with what is known since.
   */
  late: Uint8Array;
}

export interface MonthOfBusiness {
  businessNo: number;
  month: string;
  /** The zone that says when the month begins and ends. */
  timeZone: string;
  /** Only records of these accounts; undefined means all. */
  accounts?: ReadonlySet<number> | undefined;
}

const accountsPerPiece = 200;

/** Records of a month that count (corrected ones left out), piece by piece, never the whole month in memory. */
export async function* monthRecords(sql: Sql, of: MonthOfBusiness): AsyncGenerator<RecordColumns> {
  const { start, end } = monthBounds(of.month, of.timeZone);
  const { rows: accounts } = await sql.query<{ no: number }>(
    'select no from rating_accounts where business_no = $1 order by no',
    [of.businessNo],
  );
  const wanted = accounts.map(({ no }) => no).filter((no) => of.accounts?.has(no) ?? true);
  for (let from = 0; from < wanted.length; from += accountsPerPiece) {
    const { rows } = await sql.query<Row>(
      `select account_no, (extract(epoch from start_time) * 1000000)::int8 - 946684800000000 as micros,
         bytes_up, bytes_down, outcome
       from usage_records
       where account_no = any($1::int[]) and start_time >= $2 and start_time < $3 and outcome <> $4
       order by account_no`,
      [wanted.slice(from, from + accountsPerPiece), start, end, outcomes.superseded],
    );
    if (rows.length > 0) yield columnsOf(rows);
  }
}

interface Row {
  account_no: number;
  micros: bigint;
  bytes_up: bigint;
  bytes_down: bigint;
  outcome: number;
}

function columnsOf(rows: Row[]): RecordColumns {
  return {
    count: rows.length,
    account: Int32Array.from(rows, (row) => row.account_no),
    time: Float64Array.from(rows, (row) => Number(row.micros)),
    up: Float64Array.from(rows, (row) => Number(row.bytes_up)),
    down: Float64Array.from(rows, (row) => Number(row.bytes_down)),
    late: Uint8Array.from(rows, (row) => (row.outcome === outcomes.late ? 1 : 0)),
  };
}
