import { InvoiceIssuedSchema } from '#proto/billing/v1/events';
import { Fault } from '#shared/errors/fault';
import { amountText } from '../domain/words.ts';
import { put, tell } from '../domain/write.ts';
import { projection } from './projection.ts';

export const onInvoiceIssued = projection(InvoiceIssuedSchema, ({ invoice }, { id, time, sequence }) => {
  if (!invoice?.customerId) throw new Fault('EVENT_MALFORMED', { message: 'InvoiceIssued without a customer' });
  return [
    put('invoice', sequence, invoice, invoice.customerId),
    tell({
      id,
      customerId: invoice.customerId,
      time,
      event: 'InvoiceIssued',
      text: `Invoice ${invoice.number} for ${invoice.period}: ${amountText(invoice.total)}`,
      subjectId: invoice.id,
    }),
  ];
});
