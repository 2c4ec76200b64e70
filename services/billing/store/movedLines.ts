import type { Transaction } from '#shared/database/database';
import type { Portion, Quantities } from '../domain/portion.ts';
import { portionsToJson } from './portions.ts';

export interface MovedLine {
  lineId: string;
  totals: Quantities;
  usageBytes: bigint;
  records: bigint;
  portions: readonly Portion[];
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
    `insert into moved_lines (business, period, line_id, totals, usage_bytes, records, portions, account_id)
     select $1, $2, moved.line_id, moved.totals, moved.usage_bytes, moved.records, moved.portions, charge_accounts.account_id
     from unnest($3::text[], $4::jsonb[], $5::bigint[], $6::bigint[], $7::jsonb[])
       as moved (line_id, totals, usage_bytes, records, portions)
     left join charge_accounts using (line_id)`,
    [
      month.business,
      month.period,
      lines.map(({ lineId }) => lineId),
      lines.map(({ totals }) => JSON.stringify(totals)),
      lines.map(({ usageBytes }) => usageBytes),
      lines.map(({ records }) => records),
      lines.map(({ portions }) => portionsToJson(portions)),
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
