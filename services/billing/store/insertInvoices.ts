import type { Transaction } from '#shared/database/database';
import type { InvoiceDraft } from '../domain/draftInvoice.ts';
import type { Invoice } from '../domain/invoice.ts';

/** An invoice about to be issued, with the lines of service it came from. */
export interface IssuedInvoice {
  invoice: Invoice;
  draft: InvoiceDraft;
}

/** Writes a batch of invoices with a fixed number of statements. */
export async function insertInvoices(
  tx: Transaction,
  billRunId: string,
  issued: readonly IssuedInvoice[],
): Promise<void> {
  await insertHeads(tx, billRunId, issued);
  await insertLines(tx, issued);
  await insertInvoicedLines(tx, billRunId, issued);
}

async function insertHeads(tx: Transaction, billRunId: string, issued: readonly IssuedInvoice[]): Promise<void> {
  const column = <T>(value: (entry: IssuedInvoice) => T) => issued.map(value);
  await tx.query(
    `insert into invoices (bill_run_id, state, id, business, number, customer_id, account_id, part, period, currency,
       subtotal, tax, total, lines, customer_name, email, address, issue_time)
     select $1, 'ISSUED', given.* from unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::int[],
       $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::int[], $14::text[], $15::text[],
       $16::text[], $17::timestamptz[]) as given`,
    [
      billRunId,
      column(({ invoice }) => invoice.id),
      column(({ invoice }) => invoice.business),
      column(({ invoice }) => invoice.number),
      column(({ invoice }) => invoice.customerId),
      column(({ invoice }) => invoice.accountId),
      column(({ draft }) => draft.part),
      column(({ invoice }) => invoice.period),
      column(({ invoice }) => invoice.currency),
      column(({ invoice }) => invoice.subtotal),
      column(({ invoice }) => invoice.tax),
      column(({ invoice }) => invoice.total),
      column(({ invoice }) => invoice.lines.length),
      column(({ invoice }) => invoice.customerName),
      column(({ invoice }) => invoice.email),
      column(({ invoice }) => invoice.address),
      column(({ invoice }) => invoice.issueTime),
    ],
  );
}

async function insertLines(tx: Transaction, issued: readonly IssuedInvoice[]): Promise<void> {
  const lines = issued.flatMap(({ invoice }) =>
    invoice.lines.map((line, position) => ({ invoiceId: invoice.id, position, ...line })),
  );
  const column = <T>(value: (line: (typeof lines)[number]) => T) => lines.map(value);
  await tx.query(
    `insert into invoice_lines (invoice_id, position, line_id, offering_id, service_number, component, description,
       quantity, metric, amount, tariff_version, tariff_id, adjusted_period)
     select * from unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
       $9::text[], $10::bigint[], $11::timestamptz[], $12::text[], $13::text[])`,
    [
      column(({ invoiceId }) => invoiceId),
      column(({ position }) => position),
      column(({ lineId }) => lineId),
      column(({ offeringId }) => offeringId),
      column(({ serviceNumber }) => serviceNumber),
      column(({ component }) => component),
      column(({ description }) => description),
      column(({ quantity }) => quantity),
      column(({ metric }) => metric),
      column(({ amount }) => amount),
      column(({ tariffVersion }) => tariffVersion ?? null),
      column(({ tariffId }) => tariffId),
      column(({ adjustedPeriod }) => adjustedPeriod ?? null),
    ],
  );
}

async function insertInvoicedLines(
  tx: Transaction,
  billRunId: string,
  issued: readonly IssuedInvoice[],
): Promise<void> {
  const lines = issued.flatMap(({ invoice, draft }) => draft.lines.map((line) => ({ invoiceId: invoice.id, ...line })));
  await tx.query(
    `insert into invoiced_lines (bill_run_id, line_id, invoice_id, offering_id, usage_bytes, charges, tariff_id,
       tariff_version, active_days)
     select $1, given.* from unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[],
       $8::timestamptz[], $9::int[]) as given`,
    [
      billRunId,
      lines.map(({ lineId }) => lineId),
      lines.map(({ invoiceId }) => invoiceId),
      lines.map(({ offeringId }) => offeringId),
      lines.map(({ usageBytes }) => usageBytes),
      lines.map(({ subtotal }) => subtotal),
      lines.map(({ pricedBy }) => pricedBy?.tariffId ?? null),
      lines.map(({ pricedBy }) => pricedBy?.tariffVersion ?? null),
      lines.map(({ pricedBy }) => pricedBy?.activeDays ?? null),
    ],
  );
}
