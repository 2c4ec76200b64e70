import { type InvoiceIssued, InvoiceIssuedSchema } from '#proto/billing/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { fromProto } from '#shared/money/money';
import type { ReceivedInvoice } from '../domain/received.ts';
import { addInvoice } from '../store/addInvoice.ts';
import { compareIfComplete, type Settling } from './compare.ts';

/** Adds an invoice to its month's sums. */
export function onInvoiceIssued(settling: Settling) {
  return on(InvoiceIssuedSchema, async (event, tx) => {
    const { key, invoice } = readInvoice(event);
    const head = await addInvoice(tx, key, invoice, settling.now());
    await compareIfComplete(tx, head, settling);
  });
}

/** The event in settlement's terms; an event that contradicts its contract is a Fault and so is parked. */
export function readInvoice({ invoice, invoicedLines, adjustments }: InvoiceIssued) {
  if (!invoice?.business || !invoice.period || !invoice.customerId) {
    throw new Fault('EVENT_MALFORMED', { message: 'an invoice needs business, period and customer' });
  }
  const total = fromProto(invoice.total, 'invoice.total');
  const inItsCurrency = (money: typeof invoice.total, field: string): bigint => {
    const { currency, minor } = fromProto(money, field);
    if (currency === total.currency) return minor;
    throw new Fault('CURRENCY_MISMATCH', { message: `${field} is in ${currency}, the total in ${total.currency}` });
  };
  const received: ReceivedInvoice = {
    customerId: invoice.customerId,
    currency: total.currency,
    subtotal: inItsCurrency(invoice.subtotal, 'invoice.subtotal'),
    tax: inItsCurrency(invoice.tax, 'invoice.tax'),
    total: total.minor,
    lines: invoicedLines.map(({ offeringId, usageBytes, charges }, index) => ({
      offeringId,
      usageBytes,
      charges: inItsCurrency(charges, `invoiced_lines[${index}].charges`),
    })),
    adjustments: adjustments.map(({ offeringId, usageBytes, charges }, index) => ({
      offeringId,
      usageBytes,
      charges: inItsCurrency(charges, `adjustments[${index}].charges`),
    })),
  };
  return { key: { business: invoice.business, period: invoice.period }, invoice: received };
}
