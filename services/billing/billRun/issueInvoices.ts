import { InvoiceIssuedSchema } from '#proto/billing/v1/events';
import type { Transaction } from '#shared/database/database';
import { newId } from '#shared/ids';
import { emitMany } from '#shared/outbox/outbox';
import { adjustmentCharge } from '../domain/adjustment.ts';
import type { InvoiceDraft } from '../domain/draftInvoice.ts';
import type { Invoice, InvoiceLine } from '../domain/invoice.ts';
import { invoiceEntry } from '../ledger/domain/invoiceEntry.ts';
import { post } from '../ledger/store/journal.ts';
import { chargeAdjustments } from '../store/adjustments.ts';
import type { BillRun } from '../store/billRuns.ts';
import { type Payer, readPayers } from '../store/copies.ts';
import { type IssuedInvoice, insertInvoices } from '../store/insertInvoices.ts';
import { takeInvoiceNumbers } from '../store/invoiceNumbers.ts';
import { invoiceIssued } from './invoiceIssued.ts';
import type { BillRunOptions } from './stepBillRun.ts';

/** What an invoice is made of, besides its number and time. */
export interface PreparedInvoice {
  draft: InvoiceDraft;
  customerId: string;
  /** Where its lines of service are mailed, as far as those say. */
  contacts: readonly { email: string; address: string }[];
}

/** Issues invoices with a fixed number of statements: numbers, balances and events are part of the transaction. */
export async function issueInvoices(
  options: BillRunOptions,
  tx: Transaction,
  run: BillRun,
  prepared: readonly PreparedInvoice[],
): Promise<void> {
  const payers = await readPayers(
    tx,
    prepared.map(({ customerId }) => customerId),
  );
  const first = await takeInvoiceNumbers(tx, run.business, prepared.length);
  const issueTime = options.clock.now();
  const issued = prepared.map((each, index): IssuedInvoice => {
    const head = { number: first + BigInt(index), issueTime, business: run.business, period: run.period };
    return { draft: each.draft, invoice: { ...invoiceOf(each, payers), ...head } };
  });
  await insertInvoices(tx, run.id, issued);
  await chargeAdjustments(
    tx,
    issued.flatMap(({ invoice, draft }) =>
      draft.adjustments.map(({ id }) => ({ adjustmentId: id, invoiceId: invoice.id })),
    ),
  );
  await post(
    tx,
    issued.flatMap((each) => invoiceEntry(each, newId)),
  );
  await emitMany(tx, InvoiceIssuedSchema, issued.map(invoiceIssued));
}

/** The line's own address goes before the customer's; of many lines the first that has one decides. */
function invoiceOf(
  { draft, customerId, contacts }: PreparedInvoice,
  payers: ReadonlyMap<string, Payer>,
): Omit<Invoice, 'number' | 'issueTime' | 'business' | 'period'> {
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
    email: contacts.find(({ email }) => email !== '')?.email ?? payer?.email ?? '',
    address: contacts.find(({ address }) => address !== '')?.address ?? payer?.address ?? '',
    lines: linesOf(draft),
  };
}

/** The charges of the month, and behind them those for earlier months. */
function linesOf({ lines, adjustments }: InvoiceDraft): InvoiceLine[] {
  const charged = lines.flatMap(({ lineId, serviceNumber, charges }) =>
    charges.map((charge) => ({ ...charge, lineId, serviceNumber, adjustedPeriod: undefined })),
  );
  const adjusted = adjustments.flatMap(({ lineId, offeringId, serviceNumber, period, lines: changes }) =>
    changes.map((change) => ({
      ...adjustmentCharge(change, period),
      lineId,
      offeringId,
      serviceNumber,
      adjustedPeriod: period,
    })),
  );
  return [...charged, ...adjusted];
}
