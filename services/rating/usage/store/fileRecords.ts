import type { Sql } from '#shared/database/database';
import { filesOf } from '../domain/block.ts';
import { monthNumber } from '../domain/months.ts';
import { copyOut, number, numbers } from './copyOut.ts';

const blocksPerPage = 64;

/**
 * Which files and reports brought records in the batches that have records of a month, by their numbers. So are those with a batch of which nothing is
 * left: a block of late records is in no total, and one that is lost would be missed nowhere else.
 */
export async function filesOfMonth(sql: Sql, of: { businessNo: number; month: string }): Promise<number[]> {
  const { rows } = await sql.query<{ file_no: number }>(
    `select file_no from usage_file_batches where business_no = $1 and batch in
       (select batch from usage_blocks where business_no = $1 and month = $2)
     union
     select file_no from usage_file_batches f where business_no = $1 and not exists
       (select from usage_blocks b where b.business_no = $1 and b.batch = f.batch)`,
    [of.businessNo, monthNumber(of.month)],
  );
  return rows.map(({ file_no }) => file_no);
}

/** How many records of each file are kept, counted one by one. Files without any are left out. */
export async function keptRecords(sql: Sql, fileNos: readonly number[]): Promise<Map<number, bigint>> {
  const { rows: batches } = await sql.query<{ business_no: number; batch: number }>(
    'select distinct business_no, batch::float8 as batch from usage_file_batches where file_no = any($1::int[])',
    [fileNos],
  );
  const counts = new Map<number, bigint>();
  const wanted = new Set(fileNos);
  for (const [businessNo, some] of Map.groupBy(batches, ({ business_no }) => business_no)) {
    const list = numbers(some.map(({ batch }) => batch));
    for (let last = [-1, 0, 0]; ; ) {
      const blocks: { partition: number; batch: number; month: number; fields: Uint8Array }[] = await copyOut(
        sql,
        `select partition, batch::float8, month, fields from usage_blocks
         where business_no = ${number(businessNo)} and batch = any(${list})
           and (partition, batch, month) > (${last.map(number).join(', ')})
         order by partition, batch, month limit ${number(blocksPerPage)}`,
        { partition: 'int', batch: 'double', month: 'int', fields: 'bytes' },
      );
      for (const { fields } of blocks) {
        for (const [file, records] of runsOf(fields)) {
          if (wanted.has(file)) counts.set(file, (counts.get(file) ?? 0n) + BigInt(records));
        }
      }
      const end = blocks.at(-1);
      if (!end || blocks.length < blocksPerPage) break;
      last = [end.partition, end.batch, end.month];
    }
  }
  return counts;
}

/** The files of a block's records, each with how many of them follow one another: nearly always all of a block. */
function* runsOf(fields: Uint8Array): Generator<[file: number, records: number]> {
  let current = 0;
  let records = 0;
  for (const file of filesOf(fields)) {
    if (file !== current && records > 0) {
      yield [current, records];
      records = 0;
    }
    current = file;
    records++;
  }
  if (records > 0) yield [current, records];
}
