import { InvoiceIssuedSchema } from '#proto/billing/v1/events';
import type { Transaction } from '#shared/database/database';
import { newId } from '#shared/ids';
import { emitMany } from '#shared/outbox/outbox';
import type { Tariff } from '#shared/pricing/tariff';
import { type AccountPart, cutIntoParts } from '../domain/batch.ts';
import { chargeLine } from '../domain/chargeLine.ts';
import { draftInvoice, type InvoiceDraft } from '../domain/draftInvoice.ts';
import type { Invoice } from '../domain/invoice.ts';
import { invoiceEntry } from '../ledger/domain/invoiceEntry.ts';
import { post } from '../ledger/store/journal.ts';
import { type BillRun, moveCursor } from '../store/billRuns.ts';
import { type Payer, readPayers, readTariffs } from '../store/copies.ts';
import { type IssuedInvoice, insertInvoices } from '../store/insertInvoices.ts';
import { takeInvoiceNumbers } from '../store/invoiceNumbers.ts';
import { type BillableLine, readBillableLines } from '../store/movedLines.ts';
import { invoiceIssued } from './invoiceIssued.ts';
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
  const lines = parts.flatMap((part) => part.lines);
  const tariffs = await readTariffs(
    tx,
    lines.map(({ tariffId }) => tariffId),
  );
  const payers = await readPayers(
    tx,
    lines.map(({ customerId }) => customerId),
  );
  const first = await takeInvoiceNumbers(tx, run.business, parts.length);
  const issueTime = options.clock.now();
  const issued = parts.map((part, index): IssuedInvoice => {
    const draft = draftPart(part, tariffs, { month: run.period, zone: options.timeZone });
    const head = { number: first + BigInt(index), issueTime, business: run.business, period: run.period };
    return { draft, invoice: { ...invoiceOf(draft, part.lines, payers), ...head } };
  });
  await insertInvoices(tx, run.id, issued);
  await post(tx, issued.flatMap(invoiceEntry));
  await emitMany(tx, InvoiceIssuedSchema, issued.map(invoiceIssued));
}

function draftPart(
  { accountId, part, lines }: AccountPart<BillableLine>,
  tariffs: ReadonlyMap<string, Tariff>,
  month: { month: string; zone: string },
): InvoiceDraft {
  const charged = lines.map((line) => {
    const tariff = tariffs.get(line.tariffId);
    if (!tariff) throw new Error(`line ${line.lineId} is charged by tariff ${line.tariffId}, which is not here`);
    return chargeLine(line, tariff, month);
  });
  return draftInvoice(accountId, part, lines[0]?.currency ?? '', charged);
}

/** The line's own address goes before the customer's; of many lines the first that has one decides. */
function invoiceOf(
  draft: InvoiceDraft,
  lines: readonly BillableLine[],
  payers: ReadonlyMap<string, Payer>,
): Omit<Invoice, 'number' | 'issueTime' | 'business' | 'period'> {
  const customerId = lines[0]?.customerId ?? '';
  const payer = payers.get(customerId);
  return {
    id: newId(),
    customerId,
    accountId: draft.accountId,
    state: 'ISSUED',
    currency: draft.currency,
    subtotal: draft.subtotal,
    tax: draft.tax,
    total: draft.total,
    customerName: payer?.displayName ?? '',
    email: lines.find(({ email }) => email !== '')?.email ?? payer?.email ?? '',
    address: lines.find(({ address }) => address !== '')?.address ?? payer?.address ?? '',
    lines: draft.lines.flatMap(({ lineId, offeringId, serviceNumber, charges }) =>
      charges.map((charge) => ({ ...charge, lineId, offeringId, serviceNumber })),
    ),
  };
}
