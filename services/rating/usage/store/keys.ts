import type { Database, Sql } from '#shared/database/database';
import { partitions } from '../domain/partition.ts';
import type { KeyPage } from '../engine/protocol.ts';
import { copyOut, number, numbers } from './copyOut.ts';

/** A page ends with the block that has its last record, or is its last block: blocks have from one to a hundred thousand records. */
const recordsPerPage = 1_000_000;
const blocksPerPage = 4_096;

interface KeyRow {
  partition: number;
  batch: number;
  month: number;
  records: number;
  hashes: Uint8Array;
}

const keyColumns = { partition: 'int', batch: 'double', month: 'int', records: 'int', hashes: 'bytes' } as const;

/** Makes sure that the partitions of a business have their rows. */
export async function ensurePartitions(sql: Sql, businessNo: number): Promise<void> {
  await sql.query(
    `insert into usage_partitions (business_no, partition) select $1, generate_series(0, $2) on conflict do nothing`,
    [businessNo, partitions - 1],
  );
}

/**
 * The fingerprints of all kept records of some partitions of a business, and how far each partition had come then. All of it is one moment: what commits meanwhile
 * is behind those numbers.
 */
export async function loadKeys(
  database: Database,
  businessNo: number,
  wanted: number[],
  use: { reserve: (records: Int32Array) => Promise<void>; load: (page: KeyPage) => Promise<void> },
): Promise<number[]> {
  return database.transaction(async (tx) => {
    await tx.query('set transaction isolation level repeatable read read only');
    const heads = await partitionHeads(tx, businessNo);
    const { rows } = await tx.query<{ partition: number; records: number }>(
      `select partition, sum(records)::float8 as records from usage_blocks
       where business_no = $1 and partition = any($2::int[]) group by partition`,
      [businessNo, wanted],
    );
    const records = new Map(rows.map((row) => [row.partition, row.records]));
    await use.reserve(Int32Array.from(wanted, (partition) => records.get(partition) ?? 0));
    let loading: Promise<void> = Promise.resolve();
    for (let last: KeyRow | undefined; ; ) {
      const after = [last?.partition ?? -1, last?.batch ?? 0, last?.month ?? 0].map(number).join(', ');
      const page: KeyRow[] = await copyOut(
        tx,
        `select partition, batch::float8, month, records, hashes from (
           select partition, batch, month, records, hashes, sum(records) over (order by partition, batch, month) - records as before
           from usage_blocks
           where business_no = ${number(businessNo)} and partition = any(${numbers(wanted)}) and (partition, batch, month) > (${after})
           order by partition, batch, month limit ${number(blocksPerPage)}) as next
         where before < ${number(recordsPerPage)} order by partition, batch, month`,
        keyColumns,
      );
      await loading;
      if (page.length === 0) return heads;
      // The next page comes while this one is taken in.
      loading = use.load(pageOf(page));
      // Told by the next round; until then nobody listens.
      loading.catch(() => {});
      last = page.at(-1);
    }
  });
}

/** How far each partition of a business has come. */
export async function partitionHeads(sql: Sql, businessNo: number): Promise<number[]> {
  const { rows } = await sql.query<{ heads: number[] }>(
    'select array(select seq::float8 from usage_partitions where business_no = $1 order by partition) as heads',
    [businessNo],
  );
  return rows[0]?.heads ?? [];
}

export interface ForeignCommits {
  page: KeyPage;
  heads: Map<number, number>;
  /** Partitions whose newer commits correct or confirm earlier records. */
  corrected: number[];
}

/** What was committed to some partitions behind the numbers that are known. Batches in `own` are left out. */
export async function commitsSince(
  sql: Sql,
  businessNo: number,
  known: { partition: number; seq: number }[],
  own: number[],
): Promise<ForeignCommits> {
  const values = [businessNo, known.map(({ partition }) => partition), known.map(({ seq }) => seq)];
  const { rows: commits } = await sql.query<{ partition: number; seq: number; batch: number }>(
    `select c.partition, c.seq::float8 as seq, c.batch::float8 as batch
     from unnest($2::int[], $3::float8[]) as known (partition, seq)
       join usage_commits c on c.business_no = $1 and c.partition = known.partition and c.seq > known.seq::int8`,
    values,
  );
  const foreign = commits.filter(({ batch }) => !own.includes(batch));
  const pairs = [foreign.map(({ partition }) => partition), foreign.map(({ batch }) => batch)];
  const blocks: KeyRow[] = await copyOut(
    sql,
    `select b.partition, b.batch::float8, b.month, b.records, b.hashes
     from unnest(${numbers(foreign.map(({ partition }) => partition))}, ${numbers(foreign.map(({ batch }) => batch))}) as c (partition, batch)
       join usage_blocks b on b.business_no = ${number(businessNo)} and b.partition = c.partition and b.batch = c.batch
     order by b.partition, b.batch, b.month`,
    keyColumns,
  );
  const { rows: corrected } = await sql.query<{ partition: number }>(
    `select distinct c.partition from unnest($2::int[], $3::float8[]) as c (partition, batch)
       join usage_corrections k on k.business_no = $1 and k.partition = c.partition and k.by_batch = c.batch::int8`,
    [businessNo, ...pairs],
  );
  const heads = new Map<number, number>();
  for (const { partition, seq } of commits) heads.set(partition, Math.max(seq, heads.get(partition) ?? 0));
  return { page: pageOf(blocks), heads, corrected: corrected.map(({ partition }) => partition) };
}

function pageOf(rows: KeyRow[]): KeyPage {
  return {
    partitions: Int32Array.from(rows, ({ partition }) => partition),
    batches: Float64Array.from(rows, ({ batch }) => batch),
    counts: Int32Array.from(rows, ({ records }) => records),
    hashes: Buffer.concat(rows.map(({ hashes }) => hashes)),
  };
}
