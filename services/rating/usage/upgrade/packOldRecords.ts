import type { Database, Transaction } from '#shared/database/database';
import type { Logger } from '#shared/telemetry/log';
import { Months, monthNumber } from '../domain/months.ts';
import { partitionOf } from '../domain/partition.ts';
import { blockColumns } from '../engine/writeBlocks.ts';
import { insertCommits, insertFileBatches, lockPartitions } from '../store/commits.ts';
import { copyIn } from '../store/copyIn.ts';
import { ensurePartitions } from '../store/keys.ts';
import { type PackedRecord, packBlocks } from './packBlocks.ts';

/** So many pages of the old table become blocks in one transaction: about 100,000 records. */
const pagesPerPiece = 1_000;
/** Any number, the same in every process. */
const lock = 7_469_002;
const superseded = 3;

interface OldRow {
  business_no: number;
  account_no: number;
  service_number: string;
  record_id: string;
  micros: string;
  bytes_up: bigint;
  bytes_down: bigint;
  file_no: number;
  file_line: number;
  outcome: number;
  unterminated: boolean;
}

/**
 * Moves the records of the tables of the first version into blocks, piece by piece, and drops those tables. How far it has come commits with each piece, so it may be
 * killed at any moment and goes on at the next start. Nothing is imported before it is done.
 */
export async function packOldRecords(
  database: Database,
  timeZone: string,
  log: Logger,
  pagesAtOnce = pagesPerPiece,
): Promise<void> {
  if (!(await hasOldTables(database))) return;
  const session = await database.connect();
  try {
    await session.query('select pg_advisory_lock($1)', [lock]);
    if (!(await hasOldTables(database))) return;
    log.info('moving usage records into blocks');
    await database.query('create table if not exists usage_upgrade (next_page int8 not null)');
    const months = new Months(timeZone);
    while (await database.transaction((tx) => packPiece(tx, months, pagesAtOnce)));
    await database.query('drop table usage_records, usage_ids, unterminated_records, usage_upgrade');
    log.info('usage records are in blocks');
  } finally {
    await session.end();
  }
}

async function hasOldTables(database: Database): Promise<boolean> {
  const { rows } = await database.query<{ has: boolean }>("select to_regclass('usage_records') is not null as has");
  return rows[0]?.has ?? false;
}

/** Moves the next pages; false when there are none. */
async function packPiece(tx: Transaction, months: Months, pagesAtOnce: number): Promise<boolean> {
  const { rows: state } = await tx.query<{ next_page: bigint }>('select next_page from usage_upgrade for update');
  const page = Number(state[0]?.next_page ?? 0n);
  if (state.length === 0) await tx.query('insert into usage_upgrade values (0)');
  const { rows: size } = await tx.query<{ pages: bigint }>(
    "select pg_relation_size('usage_records') / current_setting('block_size')::int8 as pages",
  );
  if (page >= Number(size[0]?.pages ?? 0n)) return false;
  const { rows } = await tx.query<OldRow>(
    `select account.business_no, record.account_no, account.service_number, ids.record_id,
       ((extract(epoch from record.start_time) * 1000000)::int8 - 946684800000000)::text as micros, record.bytes_up, record.bytes_down,
       record.file_no, record.file_line, record.outcome, cut.slot is not null as unterminated
     from usage_records record join usage_ids ids using (slot) join rating_accounts account on account.no = record.account_no
       left join unterminated_records cut on cut.slot = record.slot and cut.account_no = record.account_no
         and cut.start_time = record.start_time and record.outcome <> ${superseded}
     where record.ctid >= format('(%s,0)', $1::int8)::tid and record.ctid < format('(%s,0)', $2::int8)::tid`,
    [page, page + pagesAtOnce],
  );
  for (const [businessNo, records] of Map.groupBy(rows, (row) => row.business_no)) {
    await packBusiness(tx, businessNo, records, months);
  }
  await tx.query('update usage_upgrade set next_page = $1', [page + pagesAtOnce]);
  return true;
}

async function packBusiness(tx: Transaction, businessNo: number, rows: OldRow[], months: Months): Promise<void> {
  await ensurePartitions(tx, businessNo);
  const { rows: next } = await tx.query<{ batch: number }>("select nextval('usage_batches')::float8 as batch");
  const batch = next[0]?.batch ?? 0;
  const records = rows.map((row) => toPacked(row, businessNo, months));
  const { copy, placed } = packBlocks(businessNo, batch, records);
  await copyIn(tx.client, `copy usage_blocks (${blockColumns.join(', ')}) from stdin (format binary)`, copy);
  const partitions = [...new Set(records.map(({ partition }) => partition))].sort((a, b) => a - b);
  await lockPartitions(tx, businessNo, partitions);
  await insertFileBatches(tx, businessNo, batch, [...new Set(records.map(({ file }) => file))]);
  await insertCommits(tx, businessNo, batch, partitions);
  for (const { record, place } of placed) {
    if (!record.superseded) continue;
    await tx.query(
      `insert into usage_corrections (business_no, partition, batch, month, place, kind, late, account_no, record_id, by_id)
       values ($1, $2, $3, $4, $5, 2, false, $6, $7, $7)`,
      [businessNo, record.partition, batch, record.month, place, record.account, record.id],
    );
  }
}

function toPacked(row: OldRow, businessNo: number, months: Months): PackedRecord {
  const time = Number(row.micros);
  const isOut = row.outcome === superseded;
  return {
    partition: partitionOf(businessNo, row.service_number),
    month: monthNumber(months.at(months.indexOf(time)).month),
    account: row.account_no,
    serviceNumber: row.service_number,
    id: row.record_id,
    time,
    up: Number(row.bytes_up),
    down: Number(row.bytes_down),
    file: row.file_no,
    line: row.file_line,
    // A superseded record was rated, and its line had no end.
    outcome: isOut ? 1 : row.outcome,
    unterminated: isOut || row.unterminated,
    superseded: isOut,
  };
}
