import type { DescMessage, JsonValue, MessageShape } from '@bufbuild/protobuf';
import { type Customer, CustomerSchema } from '#proto/ordering/v1/customer';
import { LineSchema, LineState } from '#proto/ordering/v1/line';
import type { Transaction } from '#shared/database/database';
import { fromDocument, toDocument } from './documents.ts';

type Owned = { id: string; customerId: string };

/** The tables of copies and the column that holds the copy. */
export type Copies = 'lines' | 'orders' | 'invoices';
export const column = { lines: 'line', orders: '"order"', invoices: 'invoice' } satisfies Record<Copies, string>;

export async function putCopy<Desc extends DescMessage>(
  tx: Transaction,
  table: Copies,
  schema: Desc,
  message: MessageShape<Desc> & Owned,
  asOf: Date,
): Promise<void> {
  await openPage(tx, message.customerId);
  await tx.query(
    `insert into ${table} (id, customer_id, ${column[table]}, as_of) values ($1, $2, $3::jsonb, $4)
     on conflict (id) do update
       set customer_id = excluded.customer_id, ${column[table]} = excluded.${column[table]}, as_of = excluded.as_of
       where ${table}.as_of <= excluded.as_of`,
    [message.id, message.customerId, toDocument(schema, message), asOf],
  );
}

export async function putCustomer(tx: Transaction, customer: Customer, asOf: Date): Promise<boolean> {
  await openPage(tx, customer.id);
  const { rows } = await tx.query<{ customer: JsonValue | null }>(
    'select customer from pages where customer_id = $1 for update',
    [customer.id],
  );
  await tx.query(
    `update pages set customer = $2::jsonb, as_of = $3
     where customer_id = $1 and (as_of is null or as_of <= $3)`,
    [customer.id, toDocument(CustomerSchema, customer), asOf],
  );
  return rows[0]?.customer == null;
}

export async function abandonChange(
  tx: Transaction,
  { lineId, orderId, activation }: { lineId: string; orderId: string; activation: boolean },
): Promise<void> {
  const { rows } = await tx.query<{ line: JsonValue }>('select line from lines where id = $1 for update', [lineId]);
  if (!rows[0]) return;
  const line = fromDocument(LineSchema, rows[0].line);
  if (line.pendingOrderId !== orderId) return;
  line.pendingOrderId = '';
  if (activation) line.state = LineState.FAILED;
  await tx.query('update lines set line = $2::jsonb where id = $1', [lineId, toDocument(LineSchema, line)]);
}

/** Anything about a customer opens the page: events of different things come in any order. */
export async function openPage(tx: Transaction, customerId: string): Promise<void> {
  await tx.query('insert into pages (customer_id) values ($1) on conflict do nothing', [customerId]);
}
