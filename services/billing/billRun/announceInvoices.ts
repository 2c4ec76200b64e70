import { InvoiceIssuedSchema } from '#proto/billing/v1/events';
import type { Database } from '#shared/database/database';
import { emitMany } from '#shared/outbox/outbox';
import { killPoint } from '#shared/process/killPoint';
import { adjustmentsOfInvoices } from '../store/adjustments.ts';
import { businessesToAnnounce, lockAnnounced, moveAnnounced } from '../store/announcements.ts';
import { issuedBehind } from '../store/readInvoices.ts';
import { invoiceIssued } from './invoiceIssued.ts';

/** Charges and lines of service in one transaction; at least one invoice, however long. */
const mostEntries = 20_000;
const mostInvoices = 500;

/**
 * Tells of invoices that are issued, business by business in the order of their numbers: numbers have no gap and are committed in their order, so what is
 * behind the last one told is all that is left. The events and the place behind them commit together.
 */
export async function announceInvoices(database: Database): Promise<'more' | 'idle'> {
  let outcome: 'more' | 'idle' = 'idle';
  for (const business of await businessesToAnnounce(database)) {
    await database.transaction(async (tx) => {
      const number = await lockAnnounced(tx, business);
      if (number === undefined) return;
      const issued = await issuedBehind(tx, { business, number }, { invoices: mostInvoices, entries: mostEntries });
      const last = issued.at(-1)?.head;
      if (!last) return;
      const adjustments = await adjustmentsOfInvoices(
        tx,
        issued.map(({ head }) => head.id),
      );
      const events = issued.map(({ head, content }) => invoiceIssued(head, content, adjustments.get(head.id) ?? []));
      await emitMany(tx, InvoiceIssuedSchema, events);
      await moveAnnounced(tx, business, last.number);
      outcome = 'more';
    });
    killPoint('billing.announced');
  }
  return outcome;
}
