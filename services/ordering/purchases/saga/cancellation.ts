import { CreditReason } from '#proto/billing/v1/balance_service';
import { defineSaga, done, goto, insist, local, type Saga } from '#shared/saga/saga';
import type { Balances } from '../../calls.ts';
import { takePurchaseBack } from './outcome.ts';
import { memoOf } from './purchase.ts';

/** What the saga knows. Its id is the order's. */
export interface Cancellation {
  orderId: string;
  offeringName: string;
  /** Empty where nothing was paid. */
  reservationId: string;
  currency: string;
  total: string;
}

/**
 * A cancellation (SHOP-2, TOON-4). Goods or content went back in the transaction that began it, so neither can be shipped or read
 * any more; the money follows, however long that takes, and then the order is CANCELLED.
 */
export function cancellationSaga(balances: Balances, clock: () => Date): Saga<Cancellation> {
  return defineSaga<Cancellation>({
    type: 'purchase-cancellation',
    first: 'begin',
    steps: {
      begin: local(async (_tx, data) => goto(data.reservationId ? 'refund' : 'end', data)),
      refund: insist<Cancellation, void>({
        run: async ({ reservationId, currency, total, offeringName }, { key, signal, deadlineMs }) => {
          const request = {
            key,
            target: { case: 'reservation', value: reservationId },
            amount: { currency, amount: total },
            reason: CreditReason.REFUND,
            memo: memoOf(offeringName),
          } as const;
          await balances.credit(request, { signal, deadlineMs });
        },
        onResult: async (_tx, data) => goto('end', data),
      }),
      end: local(async (tx, data) => {
        await takePurchaseBack(tx, data.orderId, clock());
        return done(data);
      }),
    },
  });
}
