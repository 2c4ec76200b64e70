import { copyIn } from '#shared/database/copyIn';
import { CopyWriter } from '#shared/database/copyWriter';
import type { Transaction } from '#shared/database/database';
import { WireWriter } from '#shared/wire/wireWriter';
import type { AccountDraft } from '../billRun/accountDraft.ts';
import type { Invoice } from '../domain/invoice.ts';

/** An invoice about to be issued. */
export interface NewInvoice extends Omit<Invoice, 'state' | 'lines'> {
  draft: AccountDraft;
  /** The batch that its lines came in; 0 without any. */
  batch: number;
}

const columns = [
  ...['id', 'bill_run_id', 'business', 'number', 'customer_id', 'account_id', 'part', 'period', 'state', 'currency'],
  ...['subtotal', 'tax', 'total', 'lines', 'customer_name', 'email', 'address', 'issue_time', 'service_lines'],
  ...['usage_bytes', 'batch', 'body'],
];

/** About what an invoice takes besides its lines. */
const bytesOfHead = 1_000;

/** Writes invoices by one COPY; `written` are the bytes that the drafts' lines were written to. */
export async function insertInvoices(
  tx: Transaction,
  billRunId: string,
  invoices: readonly NewInvoice[],
  written: Uint8Array,
): Promise<void> {
  const rows = new CopyWriter(new WireWriter(written.length + invoices.length * bytesOfHead));
  for (const invoice of invoices) writeRow(rows, billRunId, invoice, written);
  await copyIn(tx, `copy invoices (${columns}) from stdin (format binary)`, rows.finish());
}

function writeRow(rows: CopyWriter, billRunId: string, invoice: NewInvoice, written: Uint8Array): void {
  const { draft } = invoice;
  rows.row(columns.length);
  rows.text(invoice.id);
  rows.text(billRunId);
  rows.text(invoice.business);
  rows.int64(invoice.number);
  rows.text(invoice.customerId);
  rows.text(invoice.accountId);
  rows.int32(draft.part);
  rows.text(invoice.period);
  rows.text('ISSUED');
  rows.text(invoice.currency);
  rows.int64(invoice.subtotal);
  rows.int64(invoice.tax);
  rows.int64(invoice.total);
  rows.int32(draft.charges);
  rows.text(invoice.customerName);
  rows.text(invoice.email);
  rows.text(invoice.address);
  rows.time(invoice.issueTime);
  rows.int32(draft.lines);
  rows.numeric(draft.usageBytes);
  rows.int32(invoice.batch);
  draft.writeBody(rows, written);
}
