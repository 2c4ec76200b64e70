import type { Change } from '#shared/activity/activity';
import type { Sql } from '#shared/database/database';
import type { LineOffering } from '../domain/offering.ts';
import { type HistoryRow, historyColumns, historyFromRow, historyOf } from './lineHistory.ts';

/** A line whose month can be charged again. */
export interface AdjustableLine {
  lineId: string;
  accountId: string;
  currency: string;
  serviceNumber: string;
  activatedWith: LineOffering;
  changes: Change[];
  offerings: LineOffering[];
}

/** Lines of a business by their ids; one that billing does not know is not among them. */
export async function readAdjustableLines(
  sql: Sql,
  business: string,
  lineIds: readonly string[],
): Promise<Map<string, AdjustableLine>> {
  const { rows } = await sql.query<HistoryRow & Record<string, string>>(
    `select line.line_id, line.account_id, line.offering_id, line.tariff_id, line.service_number, accounts.currency,
       ${historyColumns}
     from charge_accounts as line join accounts on accounts.id = line.account_id
     ${historyOf('line.line_id')}
     where line.line_id = any($1) and line.business = $2`,
    [lineIds, business],
  );
  return new Map(rows.map((row) => [row.line_id ?? '', adjustableLine(row)]));
}

function adjustableLine(row: HistoryRow & Record<string, string>): AdjustableLine {
  const text = (column: string) => row[column] ?? '';
  return {
    lineId: text('line_id'),
    accountId: text('account_id'),
    currency: text('currency'),
    serviceNumber: text('service_number'),
    activatedWith: { offeringId: text('offering_id'), tariffId: text('tariff_id'), since: undefined },
    ...historyFromRow(row),
  };
}
