import type { Sql } from '#shared/database/database';
import { type ChargedMonth, nothingCharged } from '../domain/compareMonth.ts';
import { adjustmentsOfMonth } from './adjustments.ts';
import { readContents } from './invoiceContents.ts';

/** What the lines were charged for a month so far: on the month's invoices, and by all adjustments since. */
export async function readChargedMonths(
  sql: Sql,
  month: { business: string; period: string },
  billRunId: string,
  lineIds: readonly string[],
): Promise<(lineId: string) => ChargedMonth> {
  const months = await readInvoiced(sql, billRunId, new Set(lineIds));
  const adjustments = await adjustmentsOfMonth(sql, month, lineIds);
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

/** How many invoices are read at a time: one may hold thousands of lines. */
const invoicesAtOnce = 50;

/** Lines are found by their accounts: those of an account are on its invoices of the month. */
async function readInvoiced(
  sql: Sql,
  billRunId: string,
  lineIds: ReadonlySet<string>,
): Promise<Map<string, ChargedMonth>> {
  const { rows } = await sql.query<{ id: string }>(
    `select id from invoices where bill_run_id = $1 and state <> 'VOID'
       and account_id in (select account_id from charge_accounts where line_id = any($2))`,
    [billRunId, [...lineIds]],
  );
  const months = new Map<string, ChargedMonth>();
  for (let from = 0; from < rows.length; from += invoicesAtOnce) {
    const ids = rows.slice(from, from + invoicesAtOnce).map(({ id }) => id);
    for (const { lines } of (await readContents(sql, ids)).values()) {
      for (const { lineId, offeringId, usageBytes, charges } of lines) {
        if (lineIds.has(lineId)) months.set(lineId, { offeringId, usageBytes, components: charges });
      }
    }
  }
  return months;
}
