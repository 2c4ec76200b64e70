import { Fault, invalidField } from '#shared/errors/fault';
import { amountText } from '#shared/money/money';
import type { CreditPart } from './credits.ts';

export type ReservationState = 'HELD' | 'COMMITTED' | 'RELEASED' | 'EXPIRED';

/** An amount that is set aside, in minor units of the account's currency. */
export interface Reservation {
  id: string;
  accountId: string;
  minor: bigint;
  /** What was spent of it, and the tax in that. */
  committed: bigint;
  tax: bigint;
  /** What was given back of what was spent. */
  refunded: bigint;
  state: ReservationState;
  createTime: Date;
  expireTime: Date;
  /** What it took from credits that expire, in the order of their ends. */
  parts: readonly CreditPart[];
}

/** Its time counts also where the worker has not come by yet. */
export function stateAt(reservation: Reservation, now: Date): ReservationState {
  return reservation.state === 'HELD' && reservation.expireTime <= now ? 'EXPIRED' : reservation.state;
}

/** Refuses a reservation that is not in the state the command needs. */
export function requireState(reservation: Reservation, needed: ReservationState, now: Date): void {
  const state = stateAt(reservation, now);
  if (state === needed) return;
  throw new Fault('RESERVATION_STATE_FORBIDS', {
    message: `reservation ${reservation.id} is ${state}`,
    metadata: { state },
  });
}

/** Refuses a part of a reservation that is larger than what it is a part of. */
export function requirePart(minor: bigint, whole: bigint, currency: string, what: string): void {
  if (minor <= whole) return;
  throw invalidField('amount', `is more than the ${amountText({ currency, minor: whole })} that ${what}`);
}

/**
 * The tax in all refunds of a reservation that add up to `refunded`: in proportion, rounded down, so that the whole refund
 * has exactly the tax and no part of it more.
 */
export function refundedTax({ tax, committed }: Reservation, refunded: bigint): bigint {
  return (tax * refunded) / committed;
}
