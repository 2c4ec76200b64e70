import { InvoiceSchema } from '#proto/billing/v1/invoice';
import { LineSchema } from '#proto/ordering/v1/line';
import { OrderSchema } from '#proto/ordering/v1/order';
import type { Database } from '#shared/database/database';
import { abandonChange, putCopy, putCustomer } from './put.ts';
import { readPage } from './read.ts';
import { addEntry, listTimelineRows } from './timeline.ts';
import type { MypageView } from './view.ts';

/** The read side in the service's own PostgreSQL. */
export function postgresView(database: Database): MypageView {
  return {
    putCustomer,
    putLine: (tx, line, asOf) => putCopy(tx, 'lines', LineSchema, line, asOf),
    abandonChange,
    putOrder: (tx, order, asOf) => putCopy(tx, 'orders', OrderSchema, order, asOf),
    putInvoice: (tx, invoice, asOf) => putCopy(tx, 'invoices', InvoiceSchema, invoice, asOf),
    addEntry,
    page: (customerId) => readPage(database, customerId),
    timeline: (customerId, before, limit) => listTimelineRows(database, customerId, before, limit),
  };
}
