import type { Transaction } from '#shared/database/database';
import { cancelOrder, endOrder } from '../../orders/endOrder.ts';
import { endFor, type Purchase } from '../domain/purchase.ts';
import { emitPurchaseCancelled, emitPurchaseCompleted } from '../events.ts';
import { insertPayment } from '../store/payments.ts';
import type { Wares } from '../wares/ware.ts';

/** Paid: the customer gets what was taken, and the order is COMPLETED. */
export async function completePurchase(tx: Transaction, wares: Wares, data: Purchase, now: Date): Promise<void> {
  const { orderId, kind, accountId, reservationId } = data;
  const order = await endOrder(tx, orderId, { state: 'COMPLETED' }, now, { accountId });
  if (reservationId) await insertPayment(tx, orderId, reservationId);
  await wares[kind].handOver(tx, data, order, now);
  await emitPurchaseCompleted(tx, order);
}

/** Not to be: everything is as it was, and the order says why. */
export async function endWithout(tx: Transaction, { orderId, reason, accountId }: Purchase, now: Date): Promise<void> {
  await endOrder(tx, orderId, endFor(reason), now, { accountId });
}

/** Everything is back: the order is CANCELLED. */
export async function takePurchaseBack(tx: Transaction, orderId: string, now: Date): Promise<void> {
  await emitPurchaseCancelled(tx, await cancelOrder(tx, orderId, now));
}
