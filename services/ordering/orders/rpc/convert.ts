import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { OrderAction, OrderKind, OrderSchema, OrderState, type Order as ProtoOrder } from '#proto/ordering/v1/order';
import { Fault, invalidField } from '#shared/errors/fault';
import { toProto } from '#shared/money/money';
import { etagOf } from '#shared/rpc/etag';
import type { Order, OrderState as State } from '../domain/order.ts';

export function orderToProto(order: Order): ProtoOrder {
  return create(OrderSchema, {
    id: order.id,
    business: order.business,
    kind: OrderKind[order.kind],
    action: OrderAction[order.action],
    customerId: order.customerId,
    offeringId: order.offeringId,
    subjectId: order.subjectId,
    state: OrderState[order.state],
    stateReason: order.stateReason,
    history: order.history.map(({ state, reason, time }) => ({
      state: OrderState[state],
      reason,
      time: timestampFromDate(time),
    })),
    createTime: timestampFromDate(order.createTime),
    effectiveTime: timestampFromDate(order.effectiveTime),
    etag: etagOf(order.revision),
    quantity: order.quantity,
    total: order.total && toProto(order.total),
    accountId: order.accountId,
  });
}

/** A filter's state; undefined where it names none. */
export function stateFromProto(state: OrderState): State | undefined {
  switch (state) {
    case OrderState.UNSPECIFIED:
      return undefined;
    case OrderState.PENDING:
      return 'PENDING';
    case OrderState.COMPLETED:
      return 'COMPLETED';
    case OrderState.REJECTED:
      return 'REJECTED';
    case OrderState.CANCELLED:
      return 'CANCELLED';
    case OrderState.FAILED:
      return 'FAILED';
    case OrderState.ALREADY_TERMINATED:
      return 'ALREADY_TERMINATED';
    default:
      throw invalidField('state', 'is none of the known states');
  }
}

export function orderNotFound(id: string): Fault {
  return new Fault('ORDER_NOT_FOUND', { message: `there is no order ${id}`, metadata: { order_id: id } });
}
