import type { Sql } from '#shared/database/database';
import { daysInMonth } from '#shared/time/month';
import type { Portion, Quantities } from '../domain/portion.ts';
import { portionsFromJson } from './portions.ts';

/** A line as an invoice has charged it: what was handed over, and by what it was priced. */
export interface ExplainedLine {
  lineId: string;
  totals: Quantities;
  records: bigint;
  /** None for a line without charges from before it was kept what priced a line. */
  portions: readonly Portion[];
}

/** The lines of service on an invoice, behind an id. They are found by their account, so that no index by invoice is needed. */
export async function readExplainedLines(
  sql: Sql,
  invoice: { id: string; business: string; period: string; accountId: string },
  page: { lineId: string; after: string; limit: number },
): Promise<ExplainedLine[]> {
  const { rows } = await sql.query<ExplainedRow>(
    `select moved.line_id, moved.totals, moved.records, moved.portions, priced.offering_id, priced.tariff_id,
       priced.tariff_version, priced.active_days
     from moved_lines as moved
     join invoices on invoices.id = $1
     join invoiced_lines as priced on priced.bill_run_id = invoices.bill_run_id and priced.line_id = moved.line_id
       and priced.invoice_id = invoices.id
     where moved.business = $2 and moved.period = $3 and moved.account_id = $4 and moved.line_id > $5
       and ($6 = '' or moved.line_id = $6)
     order by moved.line_id limit $7`,
    [invoice.id, invoice.business, invoice.period, invoice.accountId, page.after, page.lineId, page.limit],
  );
  return rows.map((row) => ({
    lineId: row.line_id,
    totals: row.totals,
    records: row.records,
    portions: row.portions === null ? wholeMonth(row, invoice.period) : portionsFromJson(row.portions),
  }));
}

interface ExplainedRow {
  line_id: string;
  totals: Quantities;
  records: bigint;
  portions: unknown;
  offering_id: string;
  tariff_id: string | null;
  tariff_version: Date | null;
  active_days: number | null;
}

function wholeMonth(row: ExplainedRow, month: string): Portion[] {
  if (row.tariff_id === null) return [];
  return [
    {
      tariffId: row.tariff_id,
      tariffVersion: row.tariff_version ?? undefined,
      offeringId: row.offering_id,
      firstDay: 1,
      lastDay: daysInMonth(month),
      activeDays: row.active_days ?? 0,
      totals: row.totals,
      counted: {},
    },
  ];
}
