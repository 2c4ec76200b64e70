import { DeliveryState } from '#proto/ordering/v1/delivery';
import {
  ContentReadSchema,
  DeliveryStateChangedSchema,
  PurchaseCancelledSchema,
  PurchaseCompletedSchema,
} from '#proto/ordering/v1/events';
import type { Transaction } from '#shared/database/database';
import { emit } from '#shared/outbox/outbox';
import type { Order } from '../orders/domain/order.ts';
import { orderToProto } from '../orders/rpc/convert.ts';
import type { Delivery } from './domain/delivery.ts';
import { deliveryToProto } from './rpc/convert.ts';

/** The transaction holds the order's row. */
export async function emitPurchaseCompleted(tx: Transaction, order: Order): Promise<void> {
  await emit(tx, PurchaseCompletedSchema, { order: orderToProto(order), offeringName: order.subjectName });
}

/** The transaction holds the order's row. */
export async function emitPurchaseCancelled(tx: Transaction, order: Order): Promise<void> {
  await emit(tx, PurchaseCancelledSchema, { order: orderToProto(order), offeringName: order.subjectName });
}

/** Tells everybody which state a delivery has just entered. The transaction holds its row. */
export async function emitDeliveryState(tx: Transaction, delivery: Delivery): Promise<void> {
  const previous = delivery.history.at(-2);
  await emit(tx, DeliveryStateChangedSchema, {
    delivery: deliveryToProto(delivery),
    previousState: previous ? DeliveryState[previous.state] : DeliveryState.UNSPECIFIED,
    offeringName: delivery.offeringName,
  });
}

/** The first reading of a version. The transaction holds the order's row. */
export async function emitContentRead(tx: Transaction, order: Order, version: number): Promise<void> {
  const { id, customerId, offeringId, subjectName } = order;
  await emit(tx, ContentReadSchema, { orderId: id, customerId, offeringId, version, offeringName: subjectName });
}
