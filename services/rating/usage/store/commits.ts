import type { Sql } from '#shared/database/database';

/**
 * Takes the partitions for a batch until its transaction ends, and answers how far they had come. All take them in the same order, so two batches wait for
 * each other and never in a circle.
 */
export async function lockPartitions(sql: Sql, businessNo: number, partitions: number[]): Promise<Map<number, number>> {
  const { rows } = await sql.query<{ partition: number; seq: number }>(
    `select partition, seq::float8 as seq from usage_partitions where business_no = $1 and partition = any($2::int[])
     order by partition for update`,
    [businessNo, partitions],
  );
  return new Map(rows.map(({ partition, seq }) => [partition, seq]));
}

/** Makes the batch the next one of partitions that are locked. */
export async function insertCommits(sql: Sql, businessNo: number, batch: number, partitions: number[]): Promise<void> {
  await sql.query(
    `with moved as (
       update usage_partitions set seq = seq + 1 where business_no = $1 and partition = any($2::int[])
       returning partition, seq)
     insert into usage_commits (business_no, partition, seq, batch) select $1, partition, seq, $3 from moved`,
    [businessNo, partitions, batch],
  );
}

/** Notes which files have records in the batch. */
export async function insertFileBatches(sql: Sql, businessNo: number, batch: number, fileNos: number[]): Promise<void> {
  await sql.query(
    `insert into usage_file_batches (file_no, business_no, batch) select file_no, $1, $2 from unnest($3::int[]) as file_no
     on conflict do nothing`,
    [businessNo, batch, fileNos],
  );
}
