import { toProto } from '#shared/money/money';
import { invoiceToProto } from '../rpc/convert.ts';
import type { IssuedInvoice } from '../store/insertInvoices.ts';

/**
 * Most charges in an event: an event must fit into a broker message of 1 MiB. A longer invoice goes without its charges
 * (they are at InvoiceService); the sums per line of service, which the books need, are always there.
 */
const mostCharges = 500;

/** The event of an invoice. */
export function invoiceIssued({ invoice, draft }: IssuedInvoice) {
  const carried = invoice.lines.length > mostCharges ? { ...invoice, lines: [] } : invoice;
  const money = (minor: bigint) => toProto({ currency: draft.currency, minor });
  return {
    invoice: invoiceToProto(carried),
    invoicedLines: draft.lines.map(({ lineId, offeringId, usageBytes, subtotal }) => ({
      lineId,
      offeringId,
      usageBytes,
      charges: money(subtotal),
    })),
    adjustments: draft.adjustments.map(({ lineId, offeringId, period, usageBytes, charges }) => ({
      lineId,
      offeringId,
      period,
      usageBytes,
      charges: money(charges),
    })),
  };
}
