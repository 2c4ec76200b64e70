import { OrderStateChangedSchema } from '#proto/ordering/v1/events';
import { OrderState } from '#proto/ordering/v1/order';
import type { Transaction } from '#shared/database/database';
import { emit } from '#shared/outbox/outbox';
import type { Order } from './domain/order.ts';
import { orderToProto } from './rpc/convert.ts';

/** Tells everybody which state an order has just entered. The transaction holds the order's row. */
export async function emitOrderState(tx: Transaction, order: Order): Promise<void> {
  const previous = order.history.at(-2);
  await emit(tx, OrderStateChangedSchema, {
    order: orderToProto(order),
    previousState: previous ? OrderState[previous.state] : OrderState.UNSPECIFIED,
    subjectName: order.subjectName,
  });
}
