import type { Money } from '#shared/money/money';
import type { Place } from './place.ts';

export type RideState = 'REQUESTED' | 'OFFERED' | 'DISPATCHED' | 'IN_PROGRESS' | 'ENDED' | 'CANCELLED';
export type RideCanceller = 'CUSTOMER' | 'SYSTEM';

/** What a rider is told of a driver. */
export interface RideDriver {
  id: string;
  name: string;
  vehicle: string;
}

/** How far it went, and how long it took. */
export interface Trip {
  distanceMeters: bigint;
  durationSeconds: bigint;
}

/** One state a ride has been in. */
export interface RideTransition {
  state: RideState;
  /** An error reason; empty where there is nothing to explain. */
  reason: string;
  time: Date;
  /** Whom it concerns; empty if no driver. */
  driverId: string;
}

/** What a customer asks for. */
export interface RideWish {
  id: string;
  business: string;
  customerId: string;
  offeringId: string;
  /** As it was called when it was requested. */
  offeringName: string;
  pickup: Place;
  dropoff: Place;
}

export interface Ride extends RideWish {
  state: RideState;
  cancelledBy: RideCanceller | undefined;
  /** An error reason; empty where there is nothing to explain. */
  stateReason: string;
  /** Whom it is offered to, or who drives; one who was on the way to a ride that was cancelled stays named. */
  driver: RideDriver | undefined;
  createTime: Date;
  /** By when it is dispatched or cancelled. */
  answerTime: Date;
  /** By when the driver has to answer; only while it is OFFERED. */
  offerExpireTime: Date | undefined;
  /** When the driver expects to be at the pickup. */
  arrivalTime: Date | undefined;
  /** When the rider got on board, from which on the price counts. */
  boardTime: Date | undefined;
  /** When it was clear whether somebody drives; absent where the customer cancelled before. */
  decideTime: Date | undefined;
  /** Of a ride that has ENDED. */
  trip: Trip | undefined;
  fare: Money | undefined;
  /** Empty until it has ENDED, and where it cost nothing. */
  paymentId: string;
  /** Oldest first; the last one is the present state, and there are as many as the revision says. */
  history: RideTransition[];
  revision: bigint;
}

/** A new request, which is answered within the limit. */
export function requested(wish: RideWish, now: Date, limitMs: number): Ride {
  return {
    ...wish,
    state: 'REQUESTED',
    cancelledBy: undefined,
    stateReason: '',
    driver: undefined,
    createTime: now,
    answerTime: new Date(now.getTime() + limitMs),
    offerExpireTime: undefined,
    arrivalTime: undefined,
    boardTime: undefined,
    decideTime: undefined,
    trip: undefined,
    fare: undefined,
    paymentId: '',
    history: [{ state: 'REQUESTED', reason: '', time: now, driverId: '' }],
    revision: 1n,
  };
}

/** When an offer made now runs out: after its own limit, but not later than the ride is to be answered. */
export function offerExpiry({ answerTime }: Ride, now: Date, limitMs: number): Date {
  return new Date(Math.min(now.getTime() + limitMs, answerTime.getTime()));
}
