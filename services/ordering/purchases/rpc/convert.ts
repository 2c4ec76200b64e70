import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { DeliverySchema, DeliveryState, type Delivery as ProtoDelivery } from '#proto/ordering/v1/delivery';
import { Fault, invalidField } from '#shared/errors/fault';
import { etagOf } from '#shared/rpc/etag';
import type { Delivery, DeliveryState as State } from '../domain/delivery.ts';

export function deliveryToProto(delivery: Delivery): ProtoDelivery {
  return create(DeliverySchema, {
    id: delivery.id,
    orderId: delivery.orderId,
    business: delivery.business,
    customerId: delivery.customerId,
    offeringId: delivery.offeringId,
    quantity: delivery.quantity,
    address: delivery.address,
    state: DeliveryState[delivery.state],
    history: delivery.history.map(({ state, time }) => ({
      state: DeliveryState[state],
      time: timestampFromDate(time),
    })),
    createTime: timestampFromDate(delivery.createTime),
    etag: etagOf(delivery.revision),
  });
}

/** A filter's state; undefined where it names none. */
export function stateFromProto(state: DeliveryState): State | undefined {
  switch (state) {
    case DeliveryState.UNSPECIFIED:
      return undefined;
    case DeliveryState.READY:
      return 'READY';
    case DeliveryState.SHIPPED:
      return 'SHIPPED';
    case DeliveryState.COMPLETED:
      return 'COMPLETED';
    case DeliveryState.CANCELLED:
      return 'CANCELLED';
    default:
      throw invalidField('state', 'is none of the known states');
  }
}

export function deliveryNotFound(id: string): Fault {
  return new Fault('DELIVERY_NOT_FOUND', { message: `there is no delivery ${id}`, metadata: { delivery_id: id } });
}
