import { PurchaseService } from '#proto/ordering/v1/purchase_service';
import { command, longCommand } from '#shared/rpc/context';
import { implement } from '#shared/rpc/implement';
import * as calls from '../calls.ts';
import type { OrderingDependencies, Room } from '../room.ts';
import { purchaseCanceller } from './canceller.ts';
import { changeDelivery } from './rpc/changeDelivery.ts';
import { createPurchase } from './rpc/createPurchase.ts';
import { getDelivery } from './rpc/getDelivery.ts';
import { listDeliveries } from './rpc/listDeliveries.ts';
import { readContent } from './rpc/readContent.ts';
import { cancellationSaga } from './saga/cancellation.ts';
import { purchaseSaga } from './saga/purchase.ts';
import { content } from './wares/content.ts';
import { goods } from './wares/goods.ts';
import type { Wares } from './wares/ware.ts';

/** Goods and content, paid from a prepaid balance. */
export function purchasesRoom({ config, database, clients, clock, log }: OrderingDependencies): Room {
  const now = () => clock.now();
  const wares: Wares = { GOODS: goods, CONTENT: content };
  const balances = clients.for(calls.balances);
  const limits = { reserveMs: config.purchaseReserveTimeLimitMs, holdMs: config.purchaseHoldMs };
  const purchase = purchaseSaga(balances, wares, limits, now);
  const cancellation = cancellationSaga(balances, now);
  const tariffs = clients.for(calls.tariffs);
  const parts = { database, log, clock: now };
  const service = implement(PurchaseService, database, {
    createPurchase: longCommand(createPurchase({ ...parts, tariffs, saga: purchase })),
    getDelivery: getDelivery(database),
    listDeliveries: listDeliveries(database),
    shipDelivery: command(changeDelivery('SHIP', now)),
    completeDelivery: command(changeDelivery('COMPLETE', now)),
    readContent: readContent(database, now),
  });
  return {
    rpc: [service],
    consumers: [],
    sagas: [purchase, cancellation],
    cancellers: {
      GOODS: purchaseCanceller('GOODS', wares, cancellation, parts),
      CONTENT: purchaseCanceller('CONTENT', wares, cancellation, parts),
    },
  };
}
