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

/**
 * What lines are charged on a month's invoices. Those of an account are on its invoices, and a line's batch says on which of a thousand. A line that is not
 * there is looked for on all of them: taken for not invoiced, it would be charged twice.
 */
async function readInvoiced(
  sql: Sql,
  billRunId: string,
  lineIds: ReadonlySet<string>,
): Promise<Map<string, ChargedMonth>> {
  const months = new Map<string, ChargedMonth>();
  const expected = await invoicesOfLines(sql, billRunId, [...lineIds], ofTheirBatches);
  await readMonths(sql, expected, lineIds, months);
  const missing = [...lineIds].filter((lineId) => !months.has(lineId));
  if (missing.length === 0) return months;
  const known = new Set(expected);
  const others = (await invoicesOfLines(sql, billRunId, missing)).filter((id) => !known.has(id));
  await readMonths(sql, others, new Set(missing), months);
  return months;
}

/** Those that have lines of the batches that the lines came in, or do not say of which. */
const ofTheirBatches = `and (batch is null or batch in (
  select moved.batch from charge_accounts as line join bill_runs as run on run.id = $1
    join moved_batches as moved on moved.business = line.business and moved.period = run.period
      and (line.customer_id collate "C", line.line_id collate "C")
        between (moved.first_customer, moved.first_line) and (moved.last_customer, moved.last_line)
  where line.line_id = any($2)))`;

async function invoicesOfLines(sql: Sql, billRunId: string, lineIds: string[], which = ''): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select id from invoices where bill_run_id = $1 and state <> 'VOID'
       and account_id in (select account_id from charge_accounts where line_id = any($2)) ${which}`,
    [billRunId, lineIds],
  );
  return rows.map(({ id }) => id);
}

async function readMonths(
  sql: Sql,
  invoices: readonly string[],
  lineIds: ReadonlySet<string>,
  months: Map<string, ChargedMonth>,
): Promise<void> {
  for (let from = 0; from < invoices.length; from += invoicesAtOnce) {
    for (const { lines } of (await readContents(sql, invoices.slice(from, from + invoicesAtOnce))).values()) {
      for (const { lineId, offeringId, usageBytes, charges } of lines) {
        if (lineIds.has(lineId)) months.set(lineId, { offeringId, usageBytes, components: charges });
      }
    }
  }
}
