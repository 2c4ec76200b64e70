import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { call, type Decision, defineSaga, done, goto, insist, local, type Saga } from '#shared/saga/saga';
import type { Balances } from '../../calls.ts';
import { isFree, neverSpent, type Purchase } from '../domain/purchase.ts';
import type { Hindrance, Wares } from '../wares/ware.ts';
import { completePurchase, endWithout } from './outcome.ts';

export interface PurchaseLimits {
  /** How long billing has to reserve the price, in milliseconds. */
  reserveMs: number;
  /** How long the reservation holds, in milliseconds. */
  holdMs: number;
}

interface Reserved {
  reservationId: string;
  accountId: string;
}

/**
 * A purchase (SHOP-1, TOON-3): reserve the price, take the goods or the content, commit, hand over. Reserving may be given up, for then
 * nothing is taken yet, and a reservation whose answer was lost ends by itself. Committing is not: only a word of billing that
 * the reservation is gone says that nothing was spent. What was taken is put back before the order ends without it.
 */
export function purchaseSaga(
  balances: Balances,
  wares: Wares,
  { reserveMs, holdMs }: PurchaseLimits,
  clock: () => Date,
): Saga<Purchase> {
  const without = (step: string, data: Purchase, reason: string) => goto(step, { ...data, reason });
  const orElse = (hindrance: Hindrance, data: Purchase, steps: { had: string; not: string }): Decision<Purchase> =>
    hindrance ? without(steps.not, data, hindrance) : goto(steps.had, data);
  return defineSaga<Purchase>({
    type: 'purchase',
    first: 'look',
    steps: {
      look: local(async (tx, data) => {
        const had = isFree(data) ? 'take' : 'reserve';
        return orElse(await wares[data.kind].look(tx, data), data, { had, not: 'end' });
      }),
      reserve: call<Purchase, Reserved>({
        limitMs: reserveMs,
        run: async ({ accountId, customerId, currency, total }, { key, signal, deadlineMs }) => {
          const reservation = await balances.reserve(
            {
              key,
              payer: accountId ? { case: 'account', value: accountId } : { case: 'customerId', value: customerId },
              // The buyer names the account, so billing has to say whether it is the buyer's.
              ownerId: accountId ? customerId : '',
              amount: { currency, amount: total },
              holdFor: durationFromMs(holdMs),
            },
            { signal, deadlineMs },
          );
          return { reservationId: reservation.id, accountId: reservation.accountId };
        },
        onResult: async (_tx, data, reserved) => goto('take', { ...data, ...reserved }),
        onFault: async (_tx, data, { reason }) => without('end', data, reason),
      }),
      take: local(async (tx, data) => {
        const steps = isFree(data) ? { had: 'complete', not: 'end' } : { had: 'commit', not: 'release' };
        return orElse(await wares[data.kind].take(tx, data), data, steps);
      }),
      commit: call<Purchase, void>({
        limitMs: Number.POSITIVE_INFINITY,
        decides: ({ reason }) => neverSpent(reason),
        run: async ({ reservationId, currency, tax, offeringName }, { key, signal, deadlineMs }) => {
          const request = {
            key,
            reservation: reservationId,
            tax: { currency, amount: tax },
            memo: memoOf(offeringName),
          };
          await balances.commit(request, { signal, deadlineMs });
        },
        onResult: async (_tx, data) => goto('complete', data),
        onFault: async (_tx, data, { reason }) => without('putBack', data, reason),
      }),
      complete: local(async (tx, data) => {
        await completePurchase(tx, wares, data, clock());
        return done(data);
      }),
      putBack: local(async (tx, data) => {
        await wares[data.kind].putBack(tx, data);
        return goto('end', data);
      }),
      release: insist<Purchase, void>({
        run: async ({ reservationId }, { key, signal, deadlineMs }) => {
          await balances.release({ key, reservation: reservationId }, { signal, deadlineMs });
        },
        onResult: async (_tx, data) => goto('end', data),
      }),
      end: local(async (tx, data) => {
        await endWithout(tx, data, clock());
        return done(data);
      }),
    },
  });
}

/** What an account's entry says: at most 200 characters, whole ones. */
export function memoOf(offeringName: string): string {
  return [...offeringName].slice(0, 200).join('');
}
