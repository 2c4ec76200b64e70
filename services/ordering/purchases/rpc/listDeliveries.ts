import type { ListDeliveriesRequest } from '#proto/ordering/v1/purchase_service';
import type { Sql } from '#shared/database/database';
import { cutPage } from '#shared/rpc/page';
import { pageBy } from '../../keyset.ts';
import { listDeliveryRows } from '../store/readDeliveries.ts';
import { deliveryToProto, stateFromProto } from './convert.ts';

/** The contract's customer_field fills in a customer's own id before this runs. */
export function listDeliveries(sql: Sql) {
  return async (request: ListDeliveriesRequest) => {
    const { limit, after } = pageBy(1, request);
    const { orderId, customerId } = request;
    const state = stateFromProto(request.state);
    const filter = { orderId, customerId, state, before: after?.[0], limit: limit + 1 };
    const { rows, nextPageToken } = cutPage(await listDeliveryRows(sql, filter), limit, ({ id }) => [id]);
    return { deliveries: rows.map(deliveryToProto), nextPageToken };
  };
}
