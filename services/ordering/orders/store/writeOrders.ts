import type { Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Order, OrderTransition } from '../domain/order.ts';
import { orderColumns } from './mapping.ts';

/** Writes a new order with its first state. */
export async function insertOrder(tx: Transaction, order: Order): Promise<void> {
  await prepared(
    tx,
    `with placed as (
       insert into orders (${orderColumns})
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
     )
     insert into order_transitions (order_id, position, state, reason, time) values ($1, 1, $9, $10, $11)`,
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
      order.quantity,
      order.total?.currency ?? null,
      order.total?.minor ?? null,
      order.accountId,
    ],
  );
}

/** Writes the state an order has just entered, and the account that pays. */
export async function updateOrderState(tx: Transaction, order: Order): Promise<void> {
  const { state, reason, time } = order.history.at(-1) as OrderTransition;
  await prepared(
    tx,
    `with moved as (
       update orders set state = $2, state_reason = $3, revision = $4, account_id = $5 where id = $1
     )
     insert into order_transitions (order_id, position, state, reason, time) values ($1, $6, $2, $3, $7)`,
    [order.id, state, reason, order.revision, order.accountId, order.history.length, time],
  );
}
