import type { Sql, Transaction } from '#shared/database/database';

/** The short number of a business; the first mention of a business gives it one. */
export async function businessNo(sql: Sql, name: string): Promise<number> {
  const known = await findBusinessNo(sql, name);
  if (known !== undefined) return known;
  await sql.query('insert into businesses (name) values ($1) on conflict (name) do nothing', [name]);
  return (await findBusinessNo(sql, name)) ?? businessNo(sql, name);
}

export async function findBusinessNo(sql: Sql, name: string): Promise<number | undefined> {
  const { rows } = await sql.query<{ no: number }>('select no from businesses where name = $1', [name]);
  return rows[0]?.no;
}

/** Keeps the business's months from being closed until the transaction ends. */
export async function shareBusiness(tx: Transaction, no: number): Promise<void> {
  await tx.query('select 1 from businesses where no = $1 for share', [no]);
}

/** Waits for all who share the business, and keeps others from it until the transaction ends. */
export async function lockBusiness(tx: Transaction, no: number): Promise<void> {
  await tx.query('select 1 from businesses where no = $1 for no key update', [no]);
}

/** Whether the business has ever had a line. */
export async function hasLines(sql: Sql, no: number): Promise<boolean> {
  const { rows } = await sql.query('select 1 from rating_accounts where business_no = $1 limit 1', [no]);
  return rows.length > 0;
}
