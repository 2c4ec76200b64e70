import type { OrderSchema } from '#proto/ordering/v1/order';
import type { CancelOrderRequestSchema } from '#proto/ordering/v1/order_service';
import type { Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import type { LongCommand } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import { requireOwner } from '#shared/rpc/ownership';
import type { Canceller, Cancellers } from '../canceller.ts';
import type { Order } from '../domain/order.ts';
import { findOrder, lockOrder } from '../store/readOrders.ts';
import { untilSettled } from '../untilSettled.ts';
import { orderNotFound, orderToProto } from './convert.ts';

/** Takes an order back, in the way of the room whose kind of order it is. Answers once everything is back. */
export function cancelOrder(
  sql: Sql,
  cancellers: Cancellers,
): LongCommand<typeof CancelOrderRequestSchema, typeof OrderSchema> {
  return {
    prepare: async ({ order: id, etag }, { caller, ifMatch }) => {
      return async (tx) => {
        const order = await lockOrder(tx, id);
        if (!order) throw orderNotFound(id);
        requireOwner(caller, order.customerId, orderNotFound(id));
        checkEtag(etag || ifMatch, order.revision);
        const { committed } = await cancellerOf(cancellers, order).cancel(tx, order);
        return { answer: orderToProto(order), committed };
      };
    },
    settle: async ({ id }, context) => {
      const order = await findOrder(sql, id);
      if (!order) throw orderNotFound(id);
      return untilSettled(sql, id, cancellerOf(cancellers, order).saga(order), context);
    },
  };
}

function cancellerOf(cancellers: Cancellers, order: Order): Canceller {
  const canceller = cancellers[order.kind];
  if (canceller) return canceller;
  throw orderStateForbids(order, `an order of kind ${order.kind} is not taken back`);
}

export function orderStateForbids({ id, state }: Order, message: string): Fault {
  return new Fault('ORDER_STATE_FORBIDS', { message, metadata: { order_id: id, state } });
}
