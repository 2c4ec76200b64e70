import type { Sql } from '#shared/database/database';

/** A month of a business that still takes usage. */
export interface OpenMonth {
  periodNo: number;
  businessNo: number;
  business: string;
  month: string;
}

/** The open ones of these months. What changes the totals of a closed one, such as a repair, concerns nobody's allowance any more. */
export async function openMonths(sql: Sql, periodNos: readonly number[]): Promise<OpenMonth[]> {
  const { rows } = await sql.query<{ no: number; business_no: number; name: string; month: string }>(
    `select p.no, p.business_no, b.name, p.month from periods p join businesses b on b.no = p.business_no
     where p.no = any($1::int[]) and p.state = 'OPEN' order by p.no`,
    [periodNos],
  );
  return rows.map((row) => ({ periodNo: row.no, businessNo: row.business_no, business: row.name, month: row.month }));
}

/** The tariffs that a business's lines have now. One look into the index a tariff, however many lines there are. */
export async function tariffsOf(sql: Sql, businessNo: number): Promise<string[]> {
  const { rows } = await sql.query<{ tariff_id: string }>(
    `with recursive used as (
       select min(tariff_id) as tariff_id from rating_accounts where business_no = $1
       union all
       select (select min(tariff_id) from rating_accounts where business_no = $1 and tariff_id > used.tariff_id)
       from used where used.tariff_id is not null)
     select tariff_id from used where tariff_id is not null`,
    [businessNo],
  );
  return rows.map(({ tariff_id }) => tariff_id);
}

/** Locks the accounts whose events are about to be emitted, in an order in which nobody waits for somebody who waits. */
export async function lockAccounts(sql: Sql, accounts: readonly number[]): Promise<void> {
  await sql.query('select from rating_accounts where no = any($1::int[]) order by no for no key update', [accounts]);
}
