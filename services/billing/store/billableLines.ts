import type { Sql } from '#shared/database/database';
import type { Cursor } from '../domain/batch.ts';
import type { LineMonth } from '../domain/chargeLine.ts';
import type { Quantities } from '../domain/portion.ts';
import { type HistoryRow, historyColumns, historyFromRow, historyOf } from './lineHistory.ts';
import type { BusinessMonth } from './movedLines.ts';
import { portionsFromJson } from './portions.ts';

/** A line to be invoiced, with all that its charges depend on. */
export interface BillableLine extends LineMonth {
  accountId: string;
  customerId: string;
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
  const { rows } = await sql.query<BillableRow>(
    `select moved.line_id, moved.account_id, moved.totals, moved.usage_bytes, moved.portions, line.customer_id,
       line.offering_id, line.tariff_id, line.service_number, line.email, line.address, accounts.currency, ${historyColumns}
     from (select line_id, account_id, totals, usage_bytes, portions from moved_lines
           where business = $1 and period = $2 and (account_id, line_id) > ($3, $4)
           order by account_id, line_id limit $5) as moved
     left join charge_accounts as line on line.line_id = moved.line_id
     left join accounts on accounts.id = moved.account_id
     ${historyOf('moved.line_id')}
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

interface BillableRow extends HistoryRow {
  line_id: string;
  account_id: string;
  totals: Quantities;
  usage_bytes: bigint;
  portions: unknown;
  /** Null where the charge account is gone, as is what stands below it here. */
  customer_id: string | null;
  offering_id: string | null;
  tariff_id: string | null;
  service_number: string | null;
  email: string | null;
  address: string | null;
  currency: string | null;
}

function billableLine(row: BillableRow): BillableLine {
  return {
    lineId: row.line_id,
    accountId: row.account_id,
    customerId: row.customer_id ?? '',
    serviceNumber: row.service_number ?? '',
    email: row.email ?? '',
    address: row.address ?? '',
    currency: row.currency ?? '',
    totals: row.totals,
    usageBytes: row.usage_bytes,
    portions: portionsFromJson(row.portions),
    activatedWith: { offeringId: row.offering_id ?? '', tariffId: row.tariff_id ?? '', since: undefined },
    ...historyFromRow(row),
  };
}
