import type { Transaction } from '#shared/database/database';
import type { Order, OrderTransition } from '../domain/order.ts';
import { orderColumns } from './mapping.ts';

/** Writes a new order with its first state. */
export async function insertOrder(tx: Transaction, order: Order): Promise<void> {
  await tx.query(
    `insert into orders (${orderColumns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      order.id,
      order.business,
      order.kind,
      order.action,
      order.customerId,
      order.offeringId,
      order.subjectId,
      order.subjectName,
      order.state,
      order.stateReason,
      order.createTime,
      order.effectiveTime,
      order.revision,
    ],
  );
  await insertLastTransition(tx, order);
}

/** Writes the state an order has just entered. */
export async function updateOrderState(tx: Transaction, order: Order): Promise<void> {
  await tx.query('update orders set state = $2, state_reason = $3, revision = $4 where id = $1', [
    order.id,
    order.state,
    order.stateReason,
    order.revision,
  ]);
  await insertLastTransition(tx, order);
}

async function insertLastTransition(tx: Transaction, { id, history }: Order): Promise<void> {
  const { state, reason, time } = history.at(-1) as OrderTransition;
  await tx.query(
    'insert into order_transitions (order_id, position, state, reason, time) values ($1, $2, $3, $4, $5)',
    [id, history.length, state, reason, time],
  );
}
