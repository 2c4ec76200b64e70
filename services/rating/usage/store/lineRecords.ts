import type { Sql } from '#shared/database/database';
import { fieldBytes, idStarts, int32s, readFields } from '../domain/block.ts';
import { copyOut, number, numbers } from './copyOut.ts';

const blocksPerPage = 100;

/** A line's months in the blocks. */
export interface LineMonth {
  businessNo: number;
  partition: number;
  accountNo: number;
  /** Such as 202611. */
  month: number;
}

/** Where a record stands in the order of a list: by time, then by block and place. */
export interface RecordKey {
  time: number;
  batch: number;
  place: number;
}

export interface LineRecord extends RecordKey {
  up: number;
  down: number;
  outcome: number;
  fileNo: number;
  fileLine: number;
  id: string;
}

interface Range {
  batch: number;
  from: number;
  count: number;
}

/** A line's kept records of a month by start time, behind a key and at most so many. Only what stands of the line in the blocks is read. */
export async function lineRecords(
  sql: Sql,
  of: LineMonth,
  after: RecordKey | undefined,
  limit: number,
): Promise<LineRecord[]> {
  const account = number(of.accountNo);
  let found: LineRecord[] = [];
  for (let last = -1; ; ) {
    const blocks: { batch: number; accounts: Uint8Array }[] = await copyOut(
      sql,
      `select batch::float8, accounts from usage_blocks
       where ${blocksOf(of, '')} and batch > ${number(last)} and first_account <= ${account} and last_account >= ${account}
         and last_time >= ${number(after?.time ?? Number.MIN_SAFE_INTEGER)}
       order by batch limit ${number(blocksPerPage)}`,
      { batch: 'double', accounts: 'bytes' },
    );
    const ranges = blocks
      .map(({ batch, accounts }) => rangeOf(batch, int32s(accounts), of.accountNo))
      .filter(({ count }) => count > 0);
    found = [...found, ...(await readRanges(sql, of, ranges))].filter((record) => !after || compare(record, after) > 0);
    found = found.sort(compare).slice(0, limit);
    if (blocks.length < blocksPerPage) break;
    last = blocks.at(-1)?.batch ?? last;
  }
  return withIds(sql, of, found);
}

/** An account's records stand together; where they begin is looked for by halving. */
function rangeOf(batch: number, accounts: Int32Array, accountNo: number): Range {
  const bound = (least: number) => {
    let low = 0;
    let high = accounts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((accounts[middle] ?? 0) < least) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const from = bound(accountNo);
  return { batch, from, count: bound(accountNo + 1) - from };
}

async function readRanges(sql: Sql, of: LineMonth, ranges: Range[]): Promise<LineRecord[]> {
  if (ranges.length === 0) return [];
  const arrays = [ranges.map(({ batch }) => batch), ranges.map(({ from }) => from), ranges.map(({ count }) => count)];
  const rows = await copyOut(
    sql,
    `select b.batch::float8, r.start::int4, substring(b.outcomes from r.start::int4 + 1 for r.count::int4),
       substring(b.fields from r.start::int4 * ${fieldBytes} + 1 for r.count::int4 * ${fieldBytes})
     from unnest(${arrays.map(numbers).join(', ')}) as r (batch, start, count)
       join usage_blocks b on ${blocksOf(of)} and b.batch = r.batch`,
    { batch: 'double', start: 'int', outcomes: 'bytes', fields: 'bytes' },
  );
  return rows.flatMap(({ batch, start, outcomes, fields }) => {
    const { time, up, down, file, line } = readFields(fields);
    return Array.from(time, (at, index) => ({
      time: at,
      batch,
      place: start + index,
      up: up[index] ?? 0,
      down: down[index] ?? 0,
      outcome: outcomes[index] ?? 0,
      fileNo: file[index] ?? 0,
      fileLine: line[index] ?? 0,
      id: '',
    }));
  });
}

/** Adds the ids: first their lengths, which say where they stand, then the ids themselves. */
async function withIds(sql: Sql, of: LineMonth, records: LineRecord[]): Promise<LineRecord[]> {
  const byBatch = Map.groupBy(records, ({ batch }) => batch);
  const batches = [...byBatch.keys()];
  const lengths = await copyOut(
    sql,
    `select b.batch::float8, b.records, substring(b.ids from 1 for b.records) from usage_blocks b
     where ${blocksOf(of)} and b.batch = any(${numbers(batches)})`,
    { batch: 'double', records: 'int', lengths: 'bytes' },
  );
  const stretches = lengths.map(({ batch, records: count, lengths: each }) => {
    const starts = idStarts(each, count);
    const places = (byBatch.get(batch) ?? []).map(({ place }) => place);
    const first = starts[Math.min(...places)] ?? 0;
    return { batch, starts, first, length: (starts[Math.max(...places) + 1] ?? first) - first };
  });
  const arrays = [
    stretches.map(({ batch }) => batch),
    stretches.map(({ first }) => first),
    stretches.map(({ length }) => length),
  ];
  const texts = await copyOut(
    sql,
    `select b.batch::float8, substring(b.ids from s.start::int4 + 1 for s.length::int4)
     from unnest(${arrays.map(numbers).join(', ')}) as s (batch, start, length)
       join usage_blocks b on ${blocksOf(of)} and b.batch = s.batch`,
    { batch: 'double', ids: 'bytes' },
  );
  const ids = new Map(texts.map((row) => [row.batch, Buffer.from(row.ids)]));
  const places = new Map(stretches.map((stretch) => [stretch.batch, stretch]));
  return records.map((record) => {
    const stretch = places.get(record.batch);
    const from = (stretch?.starts[record.place] ?? 0) - (stretch?.first ?? 0);
    const to = (stretch?.starts[record.place + 1] ?? 0) - (stretch?.first ?? 0);
    return { ...record, id: ids.get(record.batch)?.toString('latin1', from, to) ?? '' };
  });
}

function compare(one: RecordKey, other: RecordKey): number {
  return one.time - other.time || one.batch - other.batch || one.place - other.place;
}

function blocksOf({ businessNo, partition, month }: LineMonth, table = 'b.'): string {
  return `${table}business_no = ${number(businessNo)} and ${table}partition = ${number(partition)} and ${table}month = ${number(month)}`;
}
