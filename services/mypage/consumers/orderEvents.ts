import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { ReadContentSchema } from '#proto/mypage/v1/mypage';
import {
  ContentReadSchema,
  OrderStateChangedSchema,
  PurchaseCancelledSchema,
  PurchaseCompletedSchema,
} from '#proto/ordering/v1/events';
import { type Order, OrderAction, OrderState } from '#proto/ordering/v1/order';
import { Fault } from '#shared/errors/fault';
import { orderText } from '../domain/orderText.ts';
import { purchaseCancelledText, purchasedText } from '../domain/purchaseText.ts';
import { put, tell } from '../domain/write.ts';
import { type Projection, projection } from './projection.ts';

/** Everything ordering says about orders. */
export const orderEvents: Projection[] = [
  projection(OrderStateChangedSchema, (event, about) => {
    const order = orderOf(event);
    if (isToldByPurchase(order)) return [put('order', about.sequence, order, order.customerId)];
    const name = event.subjectName || order.subjectId || order.offeringId;
    return told(order, about, 'OrderStateChanged', orderText(order.action, order.state, name, order.stateReason));
  }),
  projection(PurchaseCompletedSchema, (event, about) => {
    const order = orderOf(event);
    return told(order, about, 'PurchaseCompleted', purchasedText(order, event.offeringName));
  }),
  projection(PurchaseCancelledSchema, (event, about) => {
    const order = orderOf(event);
    return told(order, about, 'PurchaseCancelled', purchaseCancelledText(order, event.offeringName));
  }),
  projection(ContentReadSchema, ({ orderId, customerId, offeringId, offeringName, version }, about) => {
    if (!orderId || !customerId)
      throw new Fault('EVENT_MALFORMED', { message: 'ContentRead without order or customer' });
    const { id, time, sequence } = about;
    const read = create(ReadContentSchema, {
      id: `${orderId}:${version}`,
      orderId,
      offeringId,
      offeringName,
      version,
      time: timestampFromDate(time),
    });
    const text = `Read ${offeringName || offeringId}${version > 1 ? `, version ${version}` : ''}`;
    return [
      put('read', sequence, read, customerId),
      tell({ id, customerId, time, event: 'ContentRead', text, subjectId: offeringId }),
    ];
  }),
];

/** The end of a purchase has an event of its own that says more. */
function isToldByPurchase({ action, state }: Order): boolean {
  return action === OrderAction.PURCHASE && (state === OrderState.COMPLETED || state === OrderState.CANCELLED);
}

function told(order: Order, about: { id: string; time: Date; sequence: bigint }, event: string, text: string) {
  const { id, time, sequence } = about;
  const { customerId } = order;
  return [put('order', sequence, order, customerId), tell({ id, customerId, time, event, text, subjectId: order.id })];
}

function orderOf({ $typeName, order }: { $typeName: string; order?: Order | undefined }): Order {
  if (order?.customerId) return order;
  throw new Fault('EVENT_MALFORMED', { message: `${$typeName} without an order or its customer` });
}
