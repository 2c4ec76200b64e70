import type { Sql, Transaction } from '#shared/database/database';
import type { Money } from '#shared/money/money';

/** A limit on what a line may spend on usage in a month. */
export interface SpendingLimit {
  amount: Money;
  suspend: boolean;
}

/** Keeps the limit that an order brought; nothing where it brought none. */
export async function keepOrderedLimit(tx: Transaction, orderId: string, limit: SpendingLimit | undefined) {
  if (!limit) return;
  const { amount, suspend } = limit;
  await tx.query(
    `insert into ordered_spending_limits (order_id, currency, minor, suspend) values ($1, $2, $3, $4)
     on conflict (order_id) do nothing`,
    [orderId, amount.currency, amount.minor, suspend],
  );
}

/** Gives a line the limit of its last order that holds, or none; its account's row is locked. */
export async function applyLimit(tx: Transaction, lineId: string): Promise<void> {
  await tx.query(
    `with last as (
       select order_id from account_changes where line_id = $1 and not abandoned and answer <> 'REFUSED'
       order by sequence desc limit 1),
     wanted as (
       select a.no, l.currency, l.minor, l.suspend from last
         join ordered_spending_limits l on l.order_id = last.order_id join rating_accounts a on a.line_id = $1),
     gone as (
       delete from spending_limits where account_no = (select no from rating_accounts where line_id = $1)
         and not exists (select from wanted))
     insert into spending_limits (account_no, currency, minor, suspend) select * from wanted
     on conflict (account_no) do update
       set currency = excluded.currency, minor = excluded.minor, suspend = excluded.suspend`,
    [lineId],
  );
}

/** A line with a limit that it has not reached this month. */
export interface LimitedLine {
  accountNo: number;
  lineId: string;
  customerId: string;
  serviceNumber: string;
  limit: SpendingLimit;
}

/** Those of the accounts that have a limit and have not reached it this month. */
export async function limitedLines(sql: Sql, periodNo: number, accounts: readonly number[]): Promise<LimitedLine[]> {
  const { rows } = await sql.query<{
    no: number;
    line_id: string;
    customer_id: string;
    service_number: string;
    currency: string;
    minor: bigint;
    suspend: boolean;
  }>(
    `select a.no, a.line_id, a.customer_id, a.service_number, l.currency, l.minor, l.suspend
     from spending_limits l join rating_accounts a on a.no = l.account_no
     where l.account_no = any($2::int[])
       and not exists (select from spending_limits_reached r where r.period_no = $1 and r.account_no = l.account_no)
     order by a.no`,
    [periodNo, accounts],
  );
  return rows.map((row) => ({
    accountNo: row.no,
    lineId: row.line_id,
    customerId: row.customer_id,
    serviceNumber: row.service_number,
    limit: { amount: { currency: row.currency, minor: row.minor }, suspend: row.suspend },
  }));
}

/** A limit that was reached. */
export type ReachedLimit = LimitedLine & { spent: Money };

/** Writes down which lines have reached their limit; answers those that had not before. */
export async function markReachedLimits(
  tx: Transaction,
  periodNo: number,
  reached: readonly ReachedLimit[],
  now: Date,
): Promise<ReachedLimit[]> {
  if (reached.length === 0) return [];
  const { rows } = await tx.query<{ account_no: number }>(
    `insert into spending_limits_reached (period_no, account_no, currency, spent, limit_minor, time)
     select $1, account_no, currency, spent, limit_minor, $6
     from unnest($2::int[], $3::text[], $4::int8[], $5::int8[]) as reached (account_no, currency, spent, limit_minor)
     on conflict do nothing returning account_no`,
    [
      ...[periodNo, reached.map(({ accountNo }) => accountNo), reached.map(({ spent }) => spent.currency)],
      ...[reached.map(({ spent }) => spent.minor), reached.map(({ limit }) => limit.amount.minor), now],
    ],
  );
  const marked = new Set(rows.map(({ account_no }) => account_no));
  return reached.filter(({ accountNo }) => marked.has(accountNo));
}
