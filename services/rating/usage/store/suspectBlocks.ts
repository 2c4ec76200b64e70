import type { Sql } from '#shared/database/database';
import type { BlockRow } from '../domain/block.ts';
import type { KnownCorrection } from '../engine/protocol.ts';
import { copyOut, number, numbers } from './copyOut.ts';

export interface BlockKey {
  partition: number;
  batch: number;
}

const recordsAtOnce = 131_072;
const blocksAtOnce = 1_024;

/** The same in groups whose blocks have no more records together than fit into memory easily; a block of more is alone. */
export async function inGroups(sql: Sql, businessNo: number, keys: BlockKey[]): Promise<BlockKey[][]> {
  const { rows } = await sql.query<BlockKey & { records: number }>(
    `select k.partition, k.batch, sum(b.records)::float8 as records
     from unnest($2::int[], $3::float8[]) as k (partition, batch)
       join usage_blocks b on b.business_no = $1 and b.partition = k.partition and b.batch = k.batch::int8
     group by k.partition, k.batch order by k.batch, k.partition`,
    [businessNo, keys.map(({ partition }) => partition), keys.map(({ batch }) => batch)],
  );
  const groups: BlockKey[][] = [];
  let left = 0;
  for (const { partition, batch, records } of rows) {
    const last = groups.at(-1);
    if (last && last.length < blocksAtOnce && records <= left) last.push({ partition, batch });
    else {
      groups.push([{ partition, batch }]);
      left = recordsAtOnce;
    }
    left -= records;
  }
  return groups;
}

/** The blocks of some batches in some partitions, whole. */
export async function findBlocks(sql: Sql, businessNo: number, keys: BlockKey[]): Promise<BlockRow[]> {
  const { partitions, batches } = listed(keys);
  return copyOut(
    sql,
    `select b.partition, b.batch::float8, b.month, b.records, b.accounts, b.outcomes, b.hashes, b.ids, b.fields
     from unnest(${partitions}, ${batches}) as k (partition, batch)
       join usage_blocks b on b.business_no = ${number(businessNo)} and b.partition = k.partition and b.batch = k.batch`,
    {
      partition: 'int',
      batch: 'double',
      month: 'int',
      records: 'int',
      accounts: 'bytes',
      outcomes: 'bytes',
      hashes: 'bytes',
      ids: 'bytes',
      fields: 'bytes',
    },
  );
}

/** Which of their records were corrected or confirmed. */
export async function findCorrections(sql: Sql, businessNo: number, keys: BlockKey[]): Promise<KnownCorrection[]> {
  const { rows } = await sql.query<KnownCorrection>(
    `select c.partition, c.batch::float8 as batch, c.month, c.place, c.kind
     from unnest($2::int[], $3::float8[]) as k (partition, batch) join usage_corrections c on c.business_no = $1 and c.partition = k.partition and c.batch = k.batch::int8`,
    [businessNo, keys.map(({ partition }) => partition), keys.map(({ batch }) => batch)],
  );
  return rows;
}

function listed(keys: BlockKey[]): { partitions: string; batches: string } {
  return {
    partitions: numbers(keys.map(({ partition }) => partition)),
    batches: numbers(keys.map(({ batch }) => batch)),
  };
}
