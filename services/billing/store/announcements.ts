import type { Sql, Transaction } from '#shared/database/database';

/** Businesses with invoices that are not announced yet. */
export async function businessesToAnnounce(sql: Sql): Promise<string[]> {
  const { rows } = await sql.query<{ business: string }>(
    `select numbers.business from invoice_numbers as numbers
     left join announced_invoices as announced on announced.business = numbers.business
     where next - 1 > coalesce(number, 0) order by 1`,
  );
  return rows.map(({ business }) => business);
}

/** The last number that is announced, locked; undefined if another process announces. */
export async function lockAnnounced(tx: Transaction, business: string): Promise<bigint | undefined> {
  await tx.query('insert into announced_invoices (business, number) values ($1, 0) on conflict do nothing', [business]);
  const { rows } = await tx.query<{ number: bigint }>(
    'select number from announced_invoices where business = $1 for update skip locked',
    [business],
  );
  return rows[0]?.number;
}

export async function moveAnnounced(tx: Transaction, business: string, number: bigint): Promise<void> {
  await tx.query('update announced_invoices set number = $2 where business = $1', [business, number]);
}
