import type { DescMessage, JsonValue, MessageShape } from '@bufbuild/protobuf';
import { InvoiceSchema } from '#proto/billing/v1/invoice';
import { CustomerSchema } from '#proto/ordering/v1/customer';
import { LineSchema } from '#proto/ordering/v1/line';
import { OrderSchema } from '#proto/ordering/v1/order';
import type { Sql } from '#shared/database/database';
import { fromDocument } from './documents.ts';
import { type Copies, column } from './put.ts';
import type { Page } from './view.ts';

/** What one page shows at most; the counts say how much there is. */
const most = { lines: 500, orders: 100, invoices: 24 };

export async function readPage(sql: Sql, customerId: string): Promise<Page | undefined> {
  const { rows } = await sql.query<Head>(
    `select customer,
       (select count(*)::int from lines where customer_id = $1) as lines,
       (select count(*)::int from orders where customer_id = $1) as orders,
       (select count(*)::int from invoices where customer_id = $1) as invoices
     from pages where customer_id = $1`,
    [customerId],
  );
  const head = rows[0];
  if (!head) return undefined;
  return {
    customer: head.customer === null ? undefined : fromDocument(CustomerSchema, head.customer),
    lines: await copies(sql, 'lines', LineSchema, customerId, 'asc'),
    orders: await copies(sql, 'orders', OrderSchema, customerId, 'desc'),
    invoices: await copies(sql, 'invoices', InvoiceSchema, customerId, 'desc'),
    lineCount: head.lines,
    orderCount: head.orders,
    invoiceCount: head.invoices,
  };
}

interface Head {
  customer: JsonValue | null;
  lines: number;
  orders: number;
  invoices: number;
}

/** Ids are UUIDv7, so their order is that of time. */
async function copies<Desc extends DescMessage>(
  sql: Sql,
  table: Copies,
  schema: Desc,
  customerId: string,
  direction: 'asc' | 'desc',
): Promise<MessageShape<Desc>[]> {
  const { rows } = await sql.query<{ document: JsonValue }>(
    `select ${column[table]} as document from ${table} where customer_id = $1 order by id ${direction} limit $2`,
    [customerId, most[table]],
  );
  return rows.map(({ document }) => fromDocument(schema, document));
}
