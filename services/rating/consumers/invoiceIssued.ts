import { InvoiceIssuedSchema } from '#proto/billing/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { isMonth } from '#shared/time/month';
import { countInvoice, ensurePeriods } from '../periods/store/periods.ts';
import { businessNo } from '../store/businesses.ts';

/** IOT-8: counts the invoices of a month, so that its close shows how far billing is. The inbox counts each once. */
export const onInvoiceIssued = on(InvoiceIssuedSchema, async ({ invoice }, tx) => {
  if (!invoice || !isMonth(invoice.period))
    throw new Fault('EVENT_MALFORMED', { message: 'an invoice names its month' });
  const business = await businessNo(tx, invoice.business);
  await ensurePeriods(tx, business, [invoice.period]);
  await countInvoice(tx, business, invoice.period);
});
