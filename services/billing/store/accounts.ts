import type { Sql, Transaction } from '#shared/database/database';
import type { Account } from '../domain/account.ts';

export const accountColumns = `id, customer_id as "customerId", currency, kind, balance, reserved, expiring, entries, revision,
  create_time as "createTime"`;

export interface NewAccount {
  id: string;
  customerId: string;
  currency: string;
  kind: Account['kind'];
  /** The line for which billing opens it by itself. */
  openedForLine: string | undefined;
  createTime: Date;
}

export async function insertAccount(tx: Transaction, account: NewAccount): Promise<Account> {
  const { rows } = await tx.query<Account>(
    `insert into accounts (id, customer_id, currency, kind, opened_for_line, create_time)
     values ($1, $2, $3, $4, $5, $6) returning ${accountColumns}`,
    [account.id, account.customerId, account.currency, account.kind, account.openedForLine, account.createTime],
  );
  const [created] = rows;
  if (!created) throw new Error('unreachable: an insert returns its row');
  return created;
}

export async function readAccount(sql: Sql, id: string): Promise<Account | undefined> {
  const { rows } = await sql.query<Account>(`select ${accountColumns} from accounts where id = $1`, [id]);
  return rows[0];
}

/** Accounts in the order of their ids, which is the order of their opening. */
export async function listAccounts(
  sql: Sql,
  filter: { customerId: string; after: string | undefined; limit: number },
): Promise<Account[]> {
  const { rows } = await sql.query<Account>(
    `select ${accountColumns} from accounts
     where ($1 = '' or customer_id = $1) and ($2::text is null or id > $2) order by id limit $3`,
    [filter.customerId, filter.after ?? null, filter.limit],
  );
  return rows;
}

/** Removes the account that billing opened by itself for a line, unless something refers to it, or has moved it, by now. */
export async function removeAccountOfLine(tx: Transaction, lineId: string): Promise<void> {
  await tx.query(
    `delete from accounts where opened_for_line = $1 and entries = 0
     and not exists (select from charge_accounts where account_id = accounts.id)
     and not exists (select from invoices where account_id = accounts.id)`,
    [lineId],
  );
}
