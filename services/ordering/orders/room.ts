import { OrderService } from '#proto/ordering/v1/order_service';
import { implement } from '#shared/rpc/implement';
import type { OrderingDependencies, Room } from '../room.ts';
import { getOrder } from './rpc/getOrder.ts';
import { listOrders } from './rpc/listOrders.ts';

/** The order record that the rooms of all businesses share. */
export function ordersRoom({ database }: OrderingDependencies): Room {
  const service = implement(OrderService, database, {
    getOrder: getOrder(database),
    listOrders: listOrders(database),
  });
  return { rpc: [service], consumers: [], sagas: [] };
}
