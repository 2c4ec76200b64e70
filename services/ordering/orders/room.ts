import { OrderService } from '#proto/ordering/v1/order_service';
import { longCommand } from '#shared/rpc/context';
import { implement } from '#shared/rpc/implement';
import type { OrderingDependencies, Room } from '../room.ts';
import type { Cancellers } from './canceller.ts';
import { cancelOrder } from './rpc/cancelOrder.ts';
import { getOrder } from './rpc/getOrder.ts';
import { listOrders } from './rpc/listOrders.ts';

/** The order record that the rooms of all businesses share; they bring along how their orders are taken back. */
export function ordersRoom({ database }: OrderingDependencies, cancellers: Cancellers): Room {
  const service = implement(OrderService, database, {
    getOrder: getOrder(database),
    listOrders: listOrders(database),
    cancelOrder: longCommand(cancelOrder(database, cancellers)),
  });
  return { rpc: [service], consumers: [], sagas: [] };
}
