import type { Sql, Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Order, OrderState } from '../domain/order.ts';
import { type OrderRow, orderColumns, type TransitionRow, toOrder } from './mapping.ts';

/** The order with its history, both as they were at one moment. */
export async function findOrder(sql: Sql, id: string): Promise<Order | undefined> {
  const { rows } = await prepared<OrderRow & { steps: [TransitionRow['state'], string, string][] }>(
    sql,
    `select ${orderColumns}, (select json_agg(json_build_array(state, reason, time) order by position)
       from order_transitions where order_id = orders.id) as steps
     from orders where id = $1`,
    [id],
  );
  const [row] = rows;
  if (!row) return undefined;
  const steps = row.steps.map(([state, reason, time]) => ({ order_id: id, state, reason, time: new Date(time) }));
  return toOrder(row, steps);
}

/** The order, locked until the transaction ends. */
export async function lockOrder(tx: Transaction, id: string): Promise<Order | undefined> {
  const { rows } = await prepared<OrderRow>(tx, `select ${orderColumns} from orders where id = $1 for update`, [id]);
  return (await withHistory(tx, rows))[0];
}

/** Empty texts and an undefined state let every order through. */
export interface OrderFilter {
  customerId: string;
  business: string;
  state: OrderState | undefined;
  subjectId: string;
  before: string | undefined;
  limit: number;
}

/** Orders, newest first, with their histories. */
export async function listOrderRows(sql: Sql, filter: OrderFilter): Promise<Order[]> {
  const { rows } = await sql.query<OrderRow>(
    `select ${orderColumns} from orders
     where ($1 = '' or customer_id = $1) and ($2 = '' or business = $2) and ($3::text is null or state = $3)
       and ($4 = '' or subject_id = $4) and ($5::text is null or id < $5)
     order by id desc limit $6`,
    [filter.customerId, filter.business, filter.state ?? null, filter.subjectId, filter.before ?? null, filter.limit],
  );
  return withHistory(sql, rows);
}

async function withHistory(sql: Sql, rows: OrderRow[]): Promise<Order[]> {
  const moved = rows.filter(({ revision }) => revision > 1n).map(({ id }) => id);
  const byOrder = await transitionsOf(sql, moved);
  return rows.map((row) => {
    // An order that has not moved yet says itself where it began.
    const first = { order_id: row.id, state: row.state, reason: row.state_reason, time: row.create_time };
    // A history read a moment after its order may be one step ahead; the order's own revision says how far it goes.
    return toOrder(row, byOrder.get(row.id)?.slice(0, Number(row.revision)) ?? [first]);
  });
}

async function transitionsOf(sql: Sql, orderIds: string[]): Promise<Map<string, TransitionRow[]>> {
  if (orderIds.length === 0) return new Map();
  const { rows: transitions } = await prepared<TransitionRow>(
    sql,
    'select order_id, state, reason, time from order_transitions where order_id = any($1) order by order_id, position',
    [orderIds],
  );
  return Map.groupBy(transitions, ({ order_id }) => order_id);
}
