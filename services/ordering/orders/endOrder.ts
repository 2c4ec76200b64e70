import type { Transaction } from '#shared/database/database';
import { countOrder } from './counted.ts';
import { cancelledOrder, endedOrder, type Order, type OrderEnd } from './domain/order.ts';
import { emitOrderState } from './events.ts';
import { lockOrder } from './store/readOrders.ts';
import { updateOrderState } from './store/writeOrders.ts';

/** Ends a pending order: its new state, the step in its history and the event. The account that paid, where there is one, is now known. */
export async function endOrder(
  tx: Transaction,
  id: string,
  end: OrderEnd,
  now: Date,
  paidBy: { accountId?: string } = {},
): Promise<Order> {
  const order = await locked(tx, id);
  return save(tx, { ...endedOrder(order, end, now), accountId: paidBy.accountId || order.accountId });
}

/** Takes a completed order back: its new state, the step in its history and the event. */
export async function cancelOrder(tx: Transaction, id: string, now: Date): Promise<Order> {
  return save(tx, cancelledOrder(await locked(tx, id), now));
}

async function locked(tx: Transaction, id: string): Promise<Order> {
  const order = await lockOrder(tx, id);
  if (!order) throw new Error(`there is no order ${id}`);
  return order;
}

async function save(tx: Transaction, order: Order): Promise<Order> {
  await updateOrderState(tx, order);
  await emitOrderState(tx, order);
  countOrder(tx, order);
  return order;
}
