import type { ChangeAction } from '#shared/activity/activity';
import type { Sql, Transaction } from '#shared/database/database';
import type { Cursor } from '../domain/batch.ts';
import type { LineMonth } from '../domain/chargeLine.ts';

export interface MovedLine {
  lineId: string;
  totals: Record<string, string>;
  usageBytes: bigint;
  records: bigint;
}

export interface BusinessMonth {
  business: string;
  period: string;
}

/** Keeps a batch of totals. A line that is there already breaks the primary key: it must not be handed over twice. */
export async function insertMovedLines(
  tx: Transaction,
  month: BusinessMonth,
  lines: readonly MovedLine[],
): Promise<void> {
  await tx.query(
    `insert into moved_lines (business, period, line_id, totals, usage_bytes, records, account_id)
     select $1, $2, moved.line_id, moved.totals, moved.usage_bytes, moved.records, charge_accounts.account_id
     from unnest($3::text[], $4::jsonb[], $5::bigint[], $6::bigint[]) as moved (line_id, totals, usage_bytes, records)
     left join charge_accounts using (line_id)`,
    [
      month.business,
      month.period,
      lines.map(({ lineId }) => lineId),
      lines.map(({ totals }) => JSON.stringify(totals)),
      lines.map(({ usageBytes }) => usageBytes),
      lines.map(({ records }) => records),
    ],
  );
}

/** Finds the accounts of lines that were handed over before they were known here; how many are still unknown. */
export async function assignAccounts(tx: Transaction, month: BusinessMonth): Promise<number> {
  await tx.query(
    `update moved_lines set account_id = charge_accounts.account_id from charge_accounts
     where moved_lines.business = $1 and moved_lines.period = $2 and moved_lines.account_id is null
       and charge_accounts.line_id = moved_lines.line_id`,
    [month.business, month.period],
  );
  const { rows } = await tx.query<{ unknown: bigint }>(
    'select count(*) as unknown from moved_lines where business = $1 and period = $2 and account_id is null',
    [month.business, month.period],
  );
  return Number(rows[0]?.unknown ?? 0);
}

/** A line to be invoiced, with all that its charges depend on. */
export interface BillableLine extends LineMonth {
  accountId: string;
  customerId: string;
  tariffId: string;
  currency: string;
  email: string;
  address: string;
}

/**
 * The next lines behind the cursor, by account and line, and where they end. A line whose charge account was taken back
 * since has nothing to be charged by: it is passed over, which the settlement reports as a difference.
 */
export async function readBillableLines(
  sql: Sql,
  month: BusinessMonth,
  cursor: Cursor,
  limit: number,
): Promise<{ lines: BillableLine[]; end: { accountId: string; lineId: string } | undefined; hasMore: boolean }> {
  const { rows } = await sql.query(
    `select moved.line_id, moved.account_id, moved.totals, moved.usage_bytes, line.customer_id, line.offering_id,
       line.tariff_id, line.service_number, line.email, line.address, accounts.currency, life.actions, life.times
     from (select line_id, account_id, totals, usage_bytes from moved_lines
           where business = $1 and period = $2 and (account_id, line_id) > ($3, $4)
           order by account_id, line_id limit $5) as moved
     left join charge_accounts as line on line.line_id = moved.line_id
     left join accounts on accounts.id = moved.account_id
     left join lateral (
       select array_agg(action order by position) as actions, array_agg(effective_time order by position) as times
       from account_changes where line_id = moved.line_id and not abandoned) as life on true
     order by moved.account_id, moved.line_id`,
    [month.business, month.period, cursor.account, cursor.line, limit + 1],
  );
  const batch = rows.slice(0, limit);
  const last = batch.at(-1);
  return {
    lines: batch.filter((row) => row.customer_id !== null).map(billableLine),
    end: last && { accountId: last.account_id, lineId: last.line_id },
    hasMore: rows.length > limit,
  };
}

type BillableRow = Record<string, string> & {
  totals: Record<string, string>;
  usage_bytes: bigint;
  actions: ChangeAction[] | null;
  times: Date[] | null;
};

function billableLine(row: BillableRow): BillableLine {
  const text = (column: string) => row[column] ?? '';
  return {
    lineId: text('line_id'),
    accountId: text('account_id'),
    customerId: text('customer_id'),
    offeringId: text('offering_id'),
    tariffId: text('tariff_id'),
    serviceNumber: text('service_number'),
    email: text('email'),
    address: text('address'),
    currency: text('currency'),
    totals: row.totals,
    usageBytes: row.usage_bytes,
    changes: (row.actions ?? []).map((action, index) => ({ action, effectiveTime: row.times?.[index] ?? new Date(0) })),
  };
}
