import type { Sql } from '#shared/database/database';
import { daysInMonth } from '#shared/time/month';
import type { InvoiceLine } from '../domain/invoice.ts';
import type { BilledLine, InvoiceContent } from '../domain/invoiceContent.ts';
import type { Portion, Quantities } from '../domain/portion.ts';
import { portionsFromJson } from './portions.ts';

/**
 * What invoices charge that were issued when every charge, and every line of service, was a row. The lines are found by their account: there is no
 * index by invoice.
 */
export async function readEarlierContents(sql: Sql, ids: readonly string[]): Promise<Map<string, InvoiceContent>> {
  const charges = await readCharges(sql, ids);
  const { rows } = await sql.query<LineRow>(
    `select invoices.id as invoice_id, invoices.period, moved.line_id, moved.totals, moved.records, moved.portions,
       priced.offering_id, priced.usage_bytes, priced.tariff_id, priced.tariff_version, priced.active_days
     from invoices
     join moved_lines as moved on moved.business = invoices.business and moved.period = invoices.period
       and moved.account_id = invoices.account_id
     join invoiced_lines as priced on priced.bill_run_id = invoices.bill_run_id and priced.line_id = moved.line_id
       and priced.invoice_id = invoices.id
     where invoices.id = any($1)
     order by moved.line_id collate "C"`,
    [ids],
  );
  const lines = Map.groupBy(rows, ({ invoice_id }) => invoice_id);
  return new Map(
    ids.map((id) => {
      const own = charges.get(id) ?? [];
      const ofLine = Map.groupBy(own, ({ lineId }) => lineId);
      const billed = (lines.get(id) ?? []).map((row) => billedLine(row, ofLine.get(row.line_id) ?? []));
      return [id, { lines: billed, adjustments: own.filter(({ adjustedPeriod }) => adjustedPeriod !== undefined) }];
    }),
  );
}

async function readCharges(sql: Sql, ids: readonly string[]): Promise<Map<string, InvoiceLine[]>> {
  const { rows } = await sql.query<
    InvoiceLine & { invoiceId: string; tariffVersion: Date | null; adjustedPeriod: string | null }
  >(
    `select invoice_id as "invoiceId", line_id as "lineId", offering_id as "offeringId",
       service_number as "serviceNumber", component, description, quantity, metric, amount,
       tariff_version as "tariffVersion", tariff_id as "tariffId", adjusted_period as "adjustedPeriod"
     from invoice_lines where invoice_id = any($1) order by invoice_id, position`,
    [ids],
  );
  const charges = new Map<string, InvoiceLine[]>();
  for (const { invoiceId, tariffVersion, adjustedPeriod, ...charge } of rows) {
    const line = { ...charge, tariffVersion: tariffVersion ?? undefined, adjustedPeriod: adjustedPeriod ?? undefined };
    const all = charges.get(invoiceId);
    if (all) all.push(line);
    else charges.set(invoiceId, [line]);
  }
  return charges;
}

interface LineRow {
  invoice_id: string;
  period: string;
  line_id: string;
  totals: Quantities;
  records: bigint;
  portions: unknown;
  offering_id: string;
  usage_bytes: bigint;
  tariff_id: string | null;
  tariff_version: Date | null;
  active_days: number | null;
}

function billedLine(row: LineRow, charges: readonly InvoiceLine[]): BilledLine {
  return {
    lineId: row.line_id,
    serviceNumber: charges[0]?.serviceNumber ?? '',
    offeringId: row.offering_id,
    usageBytes: row.usage_bytes,
    totals: row.totals,
    records: row.records,
    portions: row.portions === null ? wholeMonth(row) : portionsFromJson(row.portions),
    charges: charges
      .filter(({ adjustedPeriod }) => adjustedPeriod === undefined)
      .map(({ lineId: _, serviceNumber: __, adjustedPeriod: ___, ...charge }) => charge),
  };
}

function wholeMonth(row: LineRow): Portion[] {
  if (row.tariff_id === null) return [];
  return [
    {
      tariffId: row.tariff_id,
      tariffVersion: row.tariff_version ?? undefined,
      offeringId: row.offering_id,
      firstDay: 1,
      lastDay: daysInMonth(row.period),
      activeDays: row.active_days ?? 0,
      totals: row.totals,
      counted: {},
    },
  ];
}
