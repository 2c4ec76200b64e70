import type { Transaction } from '#shared/database/database';
import { countOrder } from './counted.ts';
import { newOrder, type Order, type OrderAction, type OrderWish } from './domain/order.ts';
import { emitOrderState } from './events.ts';
import { insertOrder } from './store/writeOrders.ts';

/** Places an order: the record in state PENDING and its event, in the transaction of whatever it asks for. */
export async function placeOrder<Action extends OrderAction>(
  tx: Transaction,
  wish: OrderWish<Action>,
  now: Date,
): Promise<Order<Action>> {
  const order = newOrder(wish, now);
  await insertOrder(tx, order);
  await emitOrderState(tx, order);
  countOrder(tx, order);
  return order;
}
