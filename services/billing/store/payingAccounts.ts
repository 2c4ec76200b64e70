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
