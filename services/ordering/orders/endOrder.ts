import type { Transaction } from '#shared/database/database';
import { endedOrder, type Order, type OrderEnd } from './domain/order.ts';
import { emitOrderState } from './events.ts';
import { lockOrder } from './store/readOrders.ts';
import { updateOrderState } from './store/writeOrders.ts';

/** Ends a pending order: its new state, the step in its history and the event. */
export async function endOrder(tx: Transaction, id: string, end: OrderEnd, now: Date): Promise<Order> {
  const order = await lockOrder(tx, id);
  if (!order) throw new Error(`there is no order ${id}`);
  const ended = endedOrder(order, end, now);
  await updateOrderState(tx, ended);
  await emitOrderState(tx, ended);
  return ended;
}
