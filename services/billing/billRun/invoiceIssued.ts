import type { MessageInitShape } from '@bufbuild/protobuf';
import type { InvoiceIssuedSchema } from '#proto/billing/v1/events';
import { toProto } from '#shared/money/money';
import type { Adjustment } from '../domain/adjustment.ts';
import type { Invoice } from '../domain/invoice.ts';
import { type InvoiceContent, invoiceLines, subtotalOf } from '../domain/invoiceContent.ts';
import { invoiceToProto } from '../rpc/convert.ts';

/**
 * Most charges in an event: an event must fit into a broker message of 1 MiB. A longer invoice goes without its charges
 * (they are at InvoiceService); the sums per line of service, which the books need, are always there.
 */
const mostCharges = 500;

/** The event of an invoice. */
export function invoiceIssued(
  head: Omit<Invoice, 'lines'>,
  content: InvoiceContent,
  adjustments: readonly Adjustment[],
): MessageInitShape<typeof InvoiceIssuedSchema> {
  const charges = invoiceLines(content);
  const money = (minor: bigint) => toProto({ currency: head.currency, minor });
  return {
    // As it was issued; what became of it since is told by other events.
    invoice: invoiceToProto({ ...head, state: 'ISSUED', lines: charges.length > mostCharges ? [] : charges }),
    invoicedLines: content.lines.map((line) => ({
      lineId: line.lineId,
      offeringId: line.offeringId,
      usageBytes: line.usageBytes,
      charges: money(subtotalOf(line)),
    })),
    adjustments: adjustments.map(({ lineId, offeringId, period, usageBytes, charges: minor }) => ({
      lineId,
      offeringId,
      period,
      usageBytes,
      charges: money(minor),
    })),
  };
}
