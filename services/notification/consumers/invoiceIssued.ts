import { InvoiceIssuedSchema } from '#proto/billing/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { invoiceIssued } from '../templates/invoiceIssued.ts';
import { notifyCustomer } from './notify.ts';

/** A mail with every invoice: to the address on the invoice, else to the customer's. */
export function onInvoiceIssued(now: () => Date) {
  return on(InvoiceIssuedSchema, async ({ invoice }, tx, { id }) => {
    if (!invoice?.customerId) throw new Fault('EVENT_MALFORMED', { message: 'an invoice needs a customer' });
    const occasion = { eventId: id, now: now() };
    await notifyCustomer(tx, occasion, invoice.customerId, invoiceIssued(invoice), invoice.email);
  });
}
