import type { Exact } from '#shared/money/decimal';

export type SessionState = 'STARTING' | 'OPEN' | 'STOPPED' | 'EXPIRED';

/** From which unit on another tariff version, or another time of day, prices a session's use. */
export interface Stretch {
  /** Effective time of the version; undefined is the one in force since always. */
  version: Date | undefined;
  /** When the use of its units begins, which decides the time of day. */
  startTime: Date;
  /** Units used before it. */
  from: Exact;
}

/** Online charging of one use. Units are exact, amounts are minor units of the currency with tax. */
export interface Session {
  id: string;
  customerId: string;
  /** Empty until it is known. */
  accountId: string;
  tariffId: string;
  metric: string;
  currency: string;
  state: SessionState;
  /** In the order of `from`; empty until something is granted. */
  stretches: readonly Stretch[];
  /** Used and still to be used. */
  granted: Exact;
  used: Exact;
  /** Used as far as it is paid for; less than `used` where the balance did not pay for more than was granted. */
  paid: Exact;
  charged: bigint;
  /** The tax in what was charged. */
  tax: bigint;
  reserved: bigint;
  /** Empty where nothing is reserved. */
  reservationId: string;
  holdMs: number;
  finalGrant: boolean;
  /** Number of the last report that is carried out. */
  sequence: bigint;
  /** The command that is under way. */
  command: string | undefined;
  startTime: Date;
  expireTime: Date;
  endTime: Date | undefined;
}
