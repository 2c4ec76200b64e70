import type { Transaction } from '#shared/database/database';
import type { CallContext } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import type { DeliveryCommand } from '../domain/delivery.ts';
import { moveDelivery } from '../moveDelivery.ts';
import { lockDelivery } from '../store/readDeliveries.ts';
import { deliveryNotFound, deliveryToProto } from './convert.ts';

/** Ship and complete. A cancellation is the order's. */
export function changeDelivery(action: Exclude<DeliveryCommand, 'CANCEL'>, clock: () => Date) {
  return async ({ delivery: id, etag }: { delivery: string; etag: string }, tx: Transaction, context: CallContext) => {
    const delivery = await lockDelivery(tx, id);
    if (!delivery) throw deliveryNotFound(id);
    checkEtag(etag || context.ifMatch, delivery.revision);
    return deliveryToProto(await moveDelivery(tx, delivery, action, clock()));
  };
}
