import type { Sql, Transaction } from '#shared/database/database';

export async function wasRead(sql: Sql, orderId: string, version: number): Promise<boolean> {
  const { rowCount } = await sql.query('select from content_reads where order_id = $1 and version = $2', [
    orderId,
    version,
  ]);
  return rowCount > 0;
}

/** Records that a version was read; false if it was read before. The transaction holds the entitlement's row. */
export async function insertRead(tx: Transaction, orderId: string, version: number, time: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    'insert into content_reads (order_id, version, time) values ($1, $2, $3) on conflict do nothing',
    [orderId, version, time],
  );
  if (rowCount === 0) return false;
  await tx.query('update entitlements set first_read_time = $2 where order_id = $1 and first_read_time is null', [
    orderId,
    time,
  ]);
  return true;
}
