import type { Sql } from '#shared/database/database';

/** An account as an invoice without lines of its month needs it. */
export interface PayingAccount {
  customerId: string;
  currency: string;
  /** How many invoices of the run it has already. */
  invoices: number;
  /** Where the first of its lines of the business is mailed; empty if none says. */
  email: string;
  address: string;
}

export async function readPayingAccounts(
  sql: Sql,
  billRunId: string,
  business: string,
  ids: readonly string[],
): Promise<Map<string, PayingAccount>> {
  const { rows } = await sql.query<PayingAccount & { id: string }>(
    `select id, customer_id as "customerId", currency,
       coalesce((select max(part) from invoices where bill_run_id = $1 and account_id = accounts.id), 0) as invoices,
       coalesce((select email from charge_accounts
         where account_id = accounts.id and business = $2 and email <> '' order by line_id limit 1), '') as email,
       coalesce((select address from charge_accounts
         where account_id = accounts.id and business = $2 and address <> '' order by line_id limit 1), '') as address
     from accounts where id = any($3)`,
    [billRunId, business, ids],
  );
  return new Map(rows.map(({ id, ...account }) => [id, account]));
}

/** Currencies of accounts, by their ids. */
export async function readCurrencies(sql: Sql, ids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql.query<{ id: string; currency: string }>(
    'select id, currency from accounts where id = any($1)',
    [ids],
  );
  return new Map(rows.map(({ id, currency }) => [id, currency]));
}

/** What lines say where their invoices are sent, by the lines' ids. */
export async function readContacts(
  sql: Sql,
  lineIds: readonly string[],
): Promise<Map<string, { email: string; address: string }>> {
  if (lineIds.length === 0) return new Map();
  const { rows } = await sql.query<{ line_id: string; email: string; address: string }>(
    'select line_id, email, address from charge_accounts where line_id = any($1)',
    [lineIds],
  );
  return new Map(rows.map(({ line_id, email, address }) => [line_id, { email, address }]));
}

/** How many invoices of a run accounts have already; those without any are not among them. */
export async function readParts(
  sql: Sql,
  billRunId: string,
  accountIds: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await sql.query<{ account_id: string; part: number }>(
    `select account_id, max(part) as part from invoices where bill_run_id = $1 and account_id = any($2)
     group by account_id`,
    [billRunId, accountIds],
  );
  return new Map(rows.map(({ account_id, part }) => [account_id, part]));
}
