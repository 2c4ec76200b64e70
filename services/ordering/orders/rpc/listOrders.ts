import type { ListOrdersRequest } from '#proto/ordering/v1/order_service';
import type { Sql } from '#shared/database/database';
import { cutPage } from '#shared/rpc/page';
import { pageBy } from '../../keyset.ts';
import { listOrderRows } from '../store/readOrders.ts';
import { orderToProto, stateFromProto } from './convert.ts';

/** The contract's customer_field fills in a customer's own id before this runs. */
export function listOrders(sql: Sql) {
  return async (request: ListOrdersRequest) => {
    const { limit, after } = pageBy(1, request);
    const { customerId, business, subjectId } = request;
    const state = stateFromProto(request.state);
    const orders = await listOrderRows(sql, {
      customerId,
      business,
      state,
      subjectId,
      before: after?.[0],
      limit: limit + 1,
    });
    const { rows, nextPageToken } = cutPage(orders, limit, ({ id }) => [id]);
    return { orders: rows.map(orderToProto), nextPageToken };
  };
}
