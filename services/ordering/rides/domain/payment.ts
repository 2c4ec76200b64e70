import type { Money } from '#shared/money/money';
import type { Trip } from './ride.ts';

export type AttemptState = 'OPEN' | 'CAPTURED' | 'FAILED';

/** One attempt to have a ride paid. It is OPEN until it is known what came of it. */
export interface Attempt {
  rideId: string;
  /** 1, 2, 3 … */
  number: number;
  /** What billing knows it by: whatever is sent again under it is the same payment. */
  key: string;
  trip: Trip;
  /** With tax; above zero. */
  fare: Money;
  tax: Money;
  state: AttemptState;
  /** Why it FAILED, as an error reason. */
  reason: string;
  /** Billing's id of it, once it is CAPTURED. */
  paymentId: string;
  createTime: Date;
}

export type Fare = Pick<Attempt, 'fare' | 'tax'>;

export function newAttempt(rideId: string, number: number, trip: Trip, price: Fare, now: Date): Attempt {
  return {
    rideId,
    number,
    key: `ride-${rideId}-${number}`,
    trip,
    ...price,
    state: 'OPEN',
    reason: '',
    paymentId: '',
    createTime: now,
  };
}

export function isSameTrip(a: Trip, b: Trip): boolean {
  return a.distanceMeters === b.distanceMeters && a.durationSeconds === b.durationSeconds;
}
