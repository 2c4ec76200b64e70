import { InvoiceIssuedSchema } from '#proto/billing/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { isMonth } from '#shared/time/month';
import { countInvoice, ensurePeriods } from '../periods/store/periods.ts';
import { businessNo } from '../store/businesses.ts';

/** IOT-8: counts the invoices of a month and what is on them, so that its close shows how far billing is. The inbox counts each once. */
export const onInvoiceIssued = on(InvoiceIssuedSchema, async ({ invoice, invoicedLines }, tx) => {
  if (!invoice || !isMonth(invoice.period))
    throw new Fault('EVENT_MALFORMED', { message: 'an invoice names its month' });
  const business = await businessNo(tx, invoice.business);
  await ensurePeriods(tx, business, [invoice.period]);
  await countInvoice(
    tx,
    { businessNo: business, month: invoice.period },
    { lines: invoicedLines.length, bytes: invoicedLines.reduce((sum, { usageBytes }) => sum + usageBytes, 0n) },
  );
});
