import type { Database } from '#shared/database/database';
import { amountText } from '#shared/money/money';
import { driveSaga, inlineLease } from '#shared/saga/inline';
import { isStarted, startSaga } from '#shared/saga/progress';
import type { Saga } from '#shared/saga/saga';
import type { Logger } from '#shared/telemetry/log';
import type { Canceller } from '../orders/canceller.ts';
import { orderStateForbids } from '../orders/rpc/cancelOrder.ts';
import type { PurchaseKind } from './domain/purchase.ts';
import type { Cancellation } from './saga/cancellation.ts';
import { paymentOf } from './store/payments.ts';
import type { Wares } from './wares/ware.ts';

/** Takes a completed purchase back: the goods or the content at once, the money by the saga that begins here. */
export function purchaseCanceller(
  kind: PurchaseKind,
  wares: Wares,
  cancellation: Saga<Cancellation>,
  { database, log, clock }: { database: Database; log: Logger; clock: () => Date },
): Canceller {
  return {
    saga: ({ id }) => ({ type: cancellation.type, id }),
    cancel: async (tx, order) => {
      if (order.state !== 'COMPLETED')
        throw orderStateForbids(order, `an order that is ${order.state} is not cancelled`);
      // Asked again while the money is on its way: that is the same cancellation.
      if (await isStarted(tx, cancellation.type, order.id)) return {};
      await wares[kind].withdraw(tx, order, clock());
      const data: Cancellation = {
        orderId: order.id,
        offeringName: order.subjectName,
        reservationId: await paymentOf(tx, order.id),
        currency: order.total?.currency ?? '',
        total: order.total ? amountText(order.total) : '0',
      };
      const begun = await startSaga(tx, cancellation, order.id, data, inlineLease);
      return { committed: () => void driveSaga(database, cancellation, begun, log) };
    },
  };
}
