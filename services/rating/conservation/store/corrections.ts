import type { Sql } from '#shared/database/database';
import { monthNumber } from '../../usage/domain/months.ts';
import { flags } from '../../usage/domain/outcomes.ts';
import { copyOut, number } from '../../usage/store/copyOut.ts';

const blocksPerPage = 256;
const corrects = flags.cancel | flags.replace;

/** How many records of a month correct an earlier one, by what the records say, counted one by one. */
export async function correctingRecords(sql: Sql, of: { businessNo: number; month: string }): Promise<bigint> {
  let count = 0;
  for (let last = [-1, 0]; ; ) {
    const blocks = await copyOut(
      sql,
      `select partition, batch::float8, outcomes from usage_blocks
       where business_no = ${number(of.businessNo)} and month = ${number(monthNumber(of.month))}
         and (partition, batch) > (${last.map(number).join(', ')})
       order by partition, batch limit ${number(blocksPerPage)}`,
      { partition: 'int', batch: 'double', outcomes: 'bytes' },
    );
    for (const { outcomes } of blocks) for (const outcome of outcomes) if ((outcome & corrects) !== 0) count++;
    const end = blocks.at(-1);
    if (!end || blocks.length < blocksPerPage) return BigInt(count);
    last = [end.partition, end.batch];
  }
}

/** What records of a month have corrected, as it is kept. Replacements from before records said so themselves name none. */
export async function keptCorrections(sql: Sql, of: { businessNo: number; month: string }): Promise<bigint> {
  const { rows } = await sql.query<{ count: bigint }>(
    `select count(*) as count from usage_corrections
     where business_no = $1 and by_month = $2 and by_batch is not null and kind <> 3`,
    [of.businessNo, monthNumber(of.month)],
  );
  return rows[0]?.count ?? 0n;
}
