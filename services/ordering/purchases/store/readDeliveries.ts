import type { Sql, Transaction } from '#shared/database/database';
import type { Delivery, DeliveryState } from '../domain/delivery.ts';
import { type DeliveryRow, type DeliveryTransitionRow, deliveryColumns, toDelivery } from './mapping.ts';

export async function findDelivery(sql: Sql, id: string): Promise<Delivery | undefined> {
  const { rows } = await sql.query<DeliveryRow>(`select ${deliveryColumns} from deliveries where id = $1`, [id]);
  return (await withHistory(sql, rows))[0];
}

/** The delivery, locked until the transaction ends. */
export async function lockDelivery(tx: Transaction, id: string): Promise<Delivery | undefined> {
  const { rows } = await tx.query<DeliveryRow>(`select ${deliveryColumns} from deliveries where id = $1 for update`, [
    id,
  ]);
  return (await withHistory(tx, rows))[0];
}

/** The delivery of an order, locked until the transaction ends. */
export async function lockDeliveryOfOrder(tx: Transaction, orderId: string): Promise<Delivery | undefined> {
  const { rows } = await tx.query<DeliveryRow>(
    `select ${deliveryColumns} from deliveries where order_id = $1 for update`,
    [orderId],
  );
  return (await withHistory(tx, rows))[0];
}

/** Empty texts and an undefined state let every delivery through. */
export interface DeliveryFilter {
  orderId: string;
  customerId: string;
  state: DeliveryState | undefined;
  before: string | undefined;
  limit: number;
}

/** Deliveries, newest first, with their histories. */
export async function listDeliveryRows(sql: Sql, filter: DeliveryFilter): Promise<Delivery[]> {
  const { rows } = await sql.query<DeliveryRow>(
    `select ${deliveryColumns} from deliveries
     where ($1 = '' or order_id = $1) and ($2 = '' or customer_id = $2) and ($3::text is null or state = $3)
       and ($4::text is null or id < $4)
     order by id desc limit $5`,
    [filter.orderId, filter.customerId, filter.state ?? null, filter.before ?? null, filter.limit],
  );
  return withHistory(sql, rows);
}

async function withHistory(sql: Sql, rows: DeliveryRow[]): Promise<Delivery[]> {
  if (rows.length === 0) return [];
  const { rows: transitions } = await sql.query<DeliveryTransitionRow>(
    'select delivery_id, state, time from delivery_transitions where delivery_id = any($1) order by delivery_id, position',
    [rows.map(({ id }) => id)],
  );
  const byDelivery = Map.groupBy(transitions, ({ delivery_id }) => delivery_id);
  // A history read a moment after its delivery may be one step ahead; the delivery's own revision says how far it goes.
  return rows.map((row) => toDelivery(row, (byDelivery.get(row.id) ?? []).slice(0, Number(row.revision))));
}
