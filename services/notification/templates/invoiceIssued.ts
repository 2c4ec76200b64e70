import type { Invoice } from '#proto/billing/v1/invoice';
import { type Draft, fileName } from '../domain/message.ts';
import { moneyWords } from '../domain/words.ts';

/** Mail with the invoice as PDF. */
export function invoiceIssued(invoice: Invoice): Draft {
  const text = [
    `Dear ${invoice.customerName || 'customer'},`,
    '',
    `please find attached invoice ${invoice.number} for ${invoice.period}.`,
    '',
    `Charges: ${moneyWords(invoice.subtotal)}`,
    `Tax:     ${moneyWords(invoice.tax)}`,
    `Total:   ${moneyWords(invoice.total)}`,
    '',
    'Jangbu',
    '',
  ];
  return {
    channel: 'EMAIL',
    template: 'invoice-issued',
    subject: `Invoice ${invoice.number} for ${invoice.period}`,
    body: text.join('\n'),
    attachments: [{ source: 'invoice', name: fileName(`invoice-${invoice.number}`, 'pdf'), invoiceId: invoice.id }],
  };
}
