import type { Sql } from '#shared/database/database';
import type { ComponentAmount } from '../domain/adjustment.ts';
import { type ChargedMonth, nothingCharged } from '../domain/compareMonth.ts';
import { adjustmentsOfMonth } from './adjustments.ts';

/** What the lines were charged for a month so far: on the month's invoices, and by all adjustments since. */
export async function readChargedMonths(
  sql: Sql,
  month: { business: string; period: string },
  billRunId: string,
  lineIds: readonly string[],
): Promise<(lineId: string) => ChargedMonth> {
  const invoiced = await sql.query<{ lineId: string; invoiceId: string; offeringId: string; usageBytes: bigint }>(
    `select line_id as "lineId", invoice_id as "invoiceId", offering_id as "offeringId", usage_bytes as "usageBytes"
     from invoiced_lines join invoices on invoices.id = invoice_id
     where invoiced_lines.bill_run_id = $1 and line_id = any($2) and state <> 'VOID'`,
    [billRunId, lineIds],
  );
  const charges = await readCharges(
    sql,
    invoiced.rows.map(({ invoiceId }) => invoiceId),
    invoiced.rows.map(({ lineId }) => lineId),
  );
  const adjustments = await adjustmentsOfMonth(sql, month, lineIds);
  const months = new Map<string, ChargedMonth>();
  for (const { lineId, offeringId, usageBytes } of invoiced.rows) {
    months.set(lineId, { offeringId, usageBytes, components: charges.get(lineId) ?? [] });
  }
  for (const { lineId, offeringId, usageBytes, lines } of adjustments) {
    const before = months.get(lineId) ?? nothingCharged;
    months.set(lineId, {
      offeringId,
      usageBytes: before.usageBytes + usageBytes,
      components: [...before.components, ...lines],
    });
  }
  return (lineId) => months.get(lineId) ?? nothingCharged;
}

async function readCharges(
  sql: Sql,
  invoiceIds: readonly string[],
  lineIds: readonly string[],
): Promise<Map<string, ComponentAmount[]>> {
  if (invoiceIds.length === 0) return new Map();
  const { rows } = await sql.query<ComponentAmount & { lineId: string; tariffVersion: Date | null }>(
    `select line_id as "lineId", component, tariff_id as "tariffId", tariff_version as "tariffVersion", quantity, metric,
       amount
     from invoice_lines
     where invoice_id = any($1) and line_id = any($2) and adjusted_period is null order by invoice_id, position`,
    [[...new Set(invoiceIds)], lineIds],
  );
  const amounts = rows.map(({ tariffVersion, ...row }) => ({ ...row, tariffVersion: tariffVersion ?? undefined }));
  return Map.groupBy(amounts, ({ lineId }) => lineId);
}
