import { InvoiceIssuedSchema } from '#proto/billing/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { amountText } from '../domain/words.ts';
import type { MypageView } from '../store/view.ts';

export function onInvoiceIssued(view: MypageView) {
  return on(InvoiceIssuedSchema, async ({ invoice }, tx, { id, time }) => {
    if (!invoice?.customerId) throw new Fault('EVENT_MALFORMED', { message: 'InvoiceIssued without a customer' });
    await view.putInvoice(tx, invoice, time);
    await view.addEntry(tx, {
      id,
      customerId: invoice.customerId,
      time,
      event: 'InvoiceIssued',
      text: `Invoice ${invoice.number} for ${invoice.period}: ${amountText(invoice.total)}`,
      subjectId: invoice.id,
    });
  });
}
