import { newId } from '#shared/ids';
import { addStock, stocksOf, takeStock } from '../../catalog/store/stocks.ts';
import { newDelivery } from '../domain/delivery.ts';
import { emitDeliveryState } from '../events.ts';
import { moveDelivery } from '../moveDelivery.ts';
import { lockDeliveryOfOrder } from '../store/readDeliveries.ts';
import { insertDelivery } from '../store/writeDeliveries.ts';
import type { Ware } from './ware.ts';

/** Goods come out of the stock and go to the customer in a delivery, which can be stopped until it is shipped. */
export const goods: Ware = {
  look: async (tx, { offeringId, quantity }) => {
    const stock = (await stocksOf(tx, [offeringId])).get(offeringId) ?? 0n;
    return stock < BigInt(quantity) ? 'OUT_OF_STOCK' : undefined;
  },
  take: async (tx, { offeringId, quantity }) =>
    (await takeStock(tx, offeringId, BigInt(quantity))) ? undefined : 'OUT_OF_STOCK',
  putBack: async (tx, { offeringId, quantity }) => {
    await addStock(tx, offeringId, BigInt(quantity));
  },
  handOver: async (tx, { address }, order, now) => {
    const { business, customerId, offeringId, subjectName: offeringName, quantity } = order;
    const wish = { id: newId(), orderId: order.id, business, customerId, offeringId, offeringName, quantity, address };
    const delivery = newDelivery(wish, now);
    await insertDelivery(tx, delivery);
    await emitDeliveryState(tx, delivery);
  },
  withdraw: async (tx, order, now) => {
    const delivery = await lockDeliveryOfOrder(tx, order.id);
    if (!delivery) throw new Error(`order ${order.id} is completed and has no delivery`);
    await moveDelivery(tx, delivery, 'CANCEL', now);
    await addStock(tx, order.offeringId, order.quantity);
  },
};
