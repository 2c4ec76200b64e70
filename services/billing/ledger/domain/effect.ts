import type { Credit, CreditPart } from './credits.ts';
import type { NewEntry } from './ledger.ts';
import type { Reservation } from './reservation.ts';

/** One thing that a decision changes. */
export type Effect =
  | { kind: 'hold'; reservation: Reservation }
  /** A held reservation ends. */
  | { kind: 'end'; reservationId: string; state: Reservation['state']; committed: bigint; tax: bigint }
  | { kind: 'refund'; reservationId: string; minor: bigint }
  | { kind: 'post'; entry: NewEntry }
  | { kind: 'open-credit'; credit: Credit }
  | { kind: 'take-credits'; parts: readonly CreditPart[] }
  | { kind: 'give-credits'; parts: readonly CreditPart[] };
