import type { Confirmations } from '../domain/confirmation.ts';

/** What the saga of a change knows. Its id is the order's. */
export interface LineChange extends Confirmations {
  orderId: string;
  lineId: string;
  /** Why it fails; empty until it does. */
  reason: string;
}

/** What the saga of a termination of a terminated line knows. Its id is the order's. */
export interface RepeatedTermination {
  orderId: string;
  lineId: string;
  /** Why the order fails; empty if it does not. */
  reason: string;
}
