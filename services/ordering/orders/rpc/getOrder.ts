import type { GetOrderRequest } from '#proto/ordering/v1/order_service';
import type { Sql } from '#shared/database/database';
import type { CallContext } from '#shared/rpc/context';
import { requireOwner } from '#shared/rpc/ownership';
import { findOrder } from '../store/readOrders.ts';
import { orderNotFound, orderToProto } from './convert.ts';

export function getOrder(sql: Sql) {
  return async ({ order: id }: GetOrderRequest, { caller }: CallContext) => {
    const order = await findOrder(sql, id);
    if (!order) throw orderNotFound(id);
    requireOwner(caller, order.customerId, orderNotFound(id));
    return orderToProto(order);
  };
}
