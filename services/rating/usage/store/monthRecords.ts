import type { Sql } from '#shared/database/database';
import { int32s, readFields } from '../domain/block.ts';
import { monthNumber } from '../domain/months.ts';
import { flags, outcomeMask, outcomes } from '../domain/outcomes.ts';
import { partitions } from '../domain/partition.ts';
import { copyOut, number } from './copyOut.ts';

/** A page ends with the block that has its last record, or is its last block: small reports make blocks of a few records. */
const recordsPerPage = 65_536;
const blocksPerPage = 4_096;

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
  /** The zone that says when the month begins and ends. Blocks are written by it; it is not looked at again. */
  timeZone?: string;
  /** Only records of these accounts; undefined means all. */
  accounts?: ReadonlySet<number> | undefined;
  /** Only this partition; undefined means all. */
  partition?: number;
}

interface Row {
  batch: number;
  records: number;
  accounts: Uint8Array;
  outcomes: Uint8Array;
  fields: Uint8Array;
}

/**
 * Records of a month that count (corrected ones and mere cancellations left out), block by block, never the whole month in memory. Those of a
 * block are in the order of accounts; an account's records come in many blocks.
 */
export async function* monthRecords(sql: Sql, of: MonthOfBusiness): AsyncGenerator<RecordColumns> {
  const month = monthNumber(of.month);
  const all = of.partition === undefined ? Array.from({ length: partitions }, (_, index) => index) : [of.partition];
  for (const partition of all) {
    const corrected = await correctedPlaces(sql, of.businessNo, partition, month);
    const place = `business_no = ${number(of.businessNo)} and partition = ${number(partition)} and month = ${number(month)}`;
    for (let last = -1; ; ) {
      const rows: Row[] = await copyOut(
        sql,
        `select batch::float8, records, accounts, outcomes, fields from (
           select batch, records, accounts, outcomes, fields, sum(records) over (order by batch) - records as before from usage_blocks
           where ${place} and batch > ${number(last)} order by batch limit ${number(blocksPerPage)}) as next
         where before < ${number(recordsPerPage)} order by batch`,
        { batch: 'double', records: 'int', accounts: 'bytes', outcomes: 'bytes', fields: 'bytes' },
      );
      for (const row of rows) {
        const columns = columnsOf(row, of.accounts, corrected.get(row.batch));
        if (columns.count > 0) yield columns;
      }
      const records = rows.reduce((sum, row) => sum + row.records, 0);
      if (rows.length < blocksPerPage && records < recordsPerPage) break;
      last = rows.at(-1)?.batch ?? last;
    }
  }
}

/** The corrected records of a partition and month: their places by batch, each with whether the month was closed by then. */
async function correctedPlaces(
  sql: Sql,
  businessNo: number,
  partition: number,
  month: number,
): Promise<Map<number, Map<number, boolean>>> {
  const { rows } = await sql.query<{ batch: number; place: number; late: boolean }>(
    `select batch::float8 as batch, place, late from usage_corrections
     where business_no = $1 and partition = $2 and month = $3 and kind <> 3`,
    [businessNo, partition, month],
  );
  const byBatch = Map.groupBy(rows, ({ batch }) => batch);
  return new Map([...byBatch].map(([batch, all]) => [batch, new Map(all.map(({ place, late }) => [place, late]))]));
}

const left = 3;

/** How a record counts: 0, 1 or 2 as in `RecordColumns`, or not at all. */
function lateness(outcome: number, corrected: boolean | undefined): number {
  if ((outcome & flags.cancel) !== 0) return left;
  const isLate = (outcome & outcomeMask) === outcomes.late;
  if (corrected === undefined) return isLate ? 1 : 0;
  return corrected && !isLate ? 2 : left;
}

function columnsOf(
  row: Row,
  accounts: ReadonlySet<number> | undefined,
  corrected: ReadonlyMap<number, boolean> | undefined,
): RecordColumns {
  const account = int32s(row.accounts);
  const { time, up, down } = readFields(row.fields);
  const late = new Uint8Array(row.records);
  // Most often: nothing of it is left out, and nothing was late.
  if (!accounts && !corrected && row.outcomes.every((outcome) => lateness(outcome, undefined) === 0)) {
    return { count: row.records, account, time, up, down, late };
  }
  let count = 0;
  for (let place = 0; place < row.records; place++) {
    if (accounts && !accounts.has(account[place] ?? 0)) continue;
    const how = lateness(row.outcomes[place] ?? 0, corrected?.get(place));
    if (how === left) continue;
    account[count] = account[place] ?? 0;
    time[count] = time[place] ?? 0;
    up[count] = up[place] ?? 0;
    down[count] = down[place] ?? 0;
    late[count++] = how;
  }
  return {
    count,
    account: account.subarray(0, count),
    time: time.subarray(0, count),
    up: up.subarray(0, count),
    down: down.subarray(0, count),
    late: late.subarray(0, count),
  };
}
