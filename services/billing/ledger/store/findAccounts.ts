import type { Sql } from '#shared/database/database';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The accounts of reservations, by the reservations' ids. */
export async function findReservationAccounts(sql: Sql, ids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql.query<{ id: string; account: string }>(
    'select id, account_id as account from reservations where id = any($1::uuid[])',
    [ids.filter((id) => uuid.test(id))],
  );
  return new Map(rows.map(({ id, account }) => [id, account]));
}

/** The oldest prepaid account of each customer in each currency, by `<currency> <customer>`. */
export async function findPrepaidAccounts(sql: Sql, keys: readonly string[]): Promise<Map<string, string>> {
  const wanted = keys.map((key) => [key.slice(0, 3), key.slice(4)]);
  const { rows } = await sql.query<{ currency: string; customer: string; id: string }>(
    `select currency, customer, account.id
     from unnest($1::text[], $2::text[]) as wanted (currency, customer), lateral (
       select id from accounts
       where customer_id = customer and accounts.currency = wanted.currency and kind = 'PREPAID' order by id limit 1
     ) as account`,
    [wanted.map(([currency]) => currency), wanted.map(([, customer]) => customer)],
  );
  return new Map(rows.map(({ currency, customer, id }) => [`${currency} ${customer}`, id]));
}
