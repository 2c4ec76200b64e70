import type { Transaction } from '#shared/database/database';
import { type AccountPart, cutIntoParts } from '../domain/batch.ts';
import { chargeLine } from '../domain/chargeLine.ts';
import { draftInvoice } from '../domain/draftInvoice.ts';
import { pendingOfAccounts } from '../store/adjustments.ts';
import { type BillableLine, readBillableLines } from '../store/billableLines.ts';
import { type BillRun, moveCursor } from '../store/billRuns.ts';
import { readTariffs } from '../store/copies.ts';
import { issueInvoices } from './issueInvoices.ts';
import type { BillRunOptions } from './stepBillRun.ts';

/** Invoices the next lines of a run: charges, numbers, balances, events and the cursor commit together. */
export async function invoiceBatch(options: BillRunOptions, tx: Transaction, run: BillRun): Promise<'more' | 'done'> {
  const { lines, end, hasMore } = await readBillableLines(tx, run, run.cursor, options.batchLines);
  if (!end) return 'done';
  const parts = cutIntoParts(lines, run.cursor, hasMore);
  if (parts.length > 0) await issue(options, tx, run, parts);
  await moveCursor(tx, run.id, cursorAfter(parts, end, hasMore, run));
  return 'more';
}

/** With more to come the last whole part ends the batch; at the end of all lines the last line does. */
function cursorAfter(
  parts: AccountPart<BillableLine>[],
  end: { accountId: string; lineId: string },
  hasMore: boolean,
  run: BillRun,
) {
  const last = parts.at(-1);
  const line = last?.lines.at(-1);
  if (!hasMore || !last || !line)
    return { account: end.accountId, part: last?.part ?? run.cursor.part, line: end.lineId };
  return { account: last.accountId, part: last.part, line: line.lineId };
}

async function issue(
  options: BillRunOptions,
  tx: Transaction,
  run: BillRun,
  parts: AccountPart<BillableLine>[],
): Promise<void> {
  const accounts = parts.map(({ accountId }) => accountId);
  const pending = await pendingOfAccounts(tx, run.business, accounts, options.batchLines);
  const adjustmentsOf = Map.groupBy(pending, ({ accountId }) => accountId);
  const tariffs = await readTariffs(tx, tariffIds(parts, pending));
  const month = { month: run.period, zone: options.timeZone };
  const prepared = parts.map(({ accountId, part, lines }) => {
    const currency = lines[0]?.currency ?? '';
    const charged = lines.map((line) => chargeLine(line, tariffs, month));
    // An account has at most one part in a batch, so each adjustment is taken once.
    const draft = draftInvoice({ accountId, part, currency }, charged, adjustmentsOf.get(accountId) ?? [], tariffs);
    return { draft, customerId: lines[0]?.customerId ?? '', contacts: lines };
  });
  await issueInvoices(options, tx, run, prepared);
}

function tariffIds(
  parts: readonly AccountPart<BillableLine>[],
  adjustments: readonly { lines: readonly { tariffId: string }[] }[],
): string[] {
  const ids = new Set<string>();
  for (const { lines } of parts) {
    for (const { activatedWith, offerings, portions } of lines) {
      ids.add(activatedWith.tariffId);
      for (const { tariffId } of offerings) ids.add(tariffId);
      for (const { tariffId } of portions) ids.add(tariffId);
    }
  }
  for (const { lines } of adjustments) for (const { tariffId } of lines) ids.add(tariffId);
  return [...ids];
}
