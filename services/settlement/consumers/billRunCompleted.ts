import { BillRunCompletedSchema } from '#proto/billing/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { fromProto } from '#shared/money/money';
import { putBillingBook } from '../store/heads.ts';
import { compareIfComplete, type Settling } from './compare.ts';

/** Keeps what billing says it has invoiced. */
export function onBillRunCompleted(settling: Settling) {
  return on(BillRunCompletedSchema, async (event, tx) => {
    const { business, period, invoices, lines, usageBytes } = event;
    if (!business || !period) throw new Fault('EVENT_MALFORMED', { message: 'a bill run needs business and period' });
    const totals = event.totals.map(({ subtotal, tax, total }, index) => ({
      currency: fromProto(total, `totals[${index}].total`).currency,
      subtotal: fromProto(subtotal, `totals[${index}].subtotal`).minor,
      tax: fromProto(tax, `totals[${index}].tax`).minor,
      total: fromProto(total, `totals[${index}].total`).minor,
    }));
    const book = { invoices, lines, usageBytes, totals };
    const head = await putBillingBook(tx, { business, period }, book, settling.now());
    await compareIfComplete(tx, head, settling);
  });
}
