import type { GetDeliveryRequest } from '#proto/ordering/v1/purchase_service';
import type { Sql } from '#shared/database/database';
import type { CallContext } from '#shared/rpc/context';
import { requireOwner } from '#shared/rpc/ownership';
import { findDelivery } from '../store/readDeliveries.ts';
import { deliveryNotFound, deliveryToProto } from './convert.ts';

export function getDelivery(sql: Sql) {
  return async ({ delivery: id }: GetDeliveryRequest, { caller }: CallContext) => {
    const delivery = await findDelivery(sql, id);
    if (!delivery) throw deliveryNotFound(id);
    requireOwner(caller, delivery.customerId, deliveryNotFound(id));
    return deliveryToProto(delivery);
  };
}
