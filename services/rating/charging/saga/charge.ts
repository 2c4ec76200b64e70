import type { StoredFault } from '#shared/errors/storedFault';
import { exactText } from '#shared/money/decimal';
import type { Session } from '../domain/session.ts';
import type { StoredStretch } from '../store/stretches.ts';

/** What the saga of a command knows; its id is the command's. Texts, for it is kept as JSON: units are exact decimals, amounts minor units. */
export interface Charge {
  session: string;
  kind: 'START' | 'UPDATE' | 'STOP' | 'EXPIRE';
  /** Of the report; an expiry has none. */
  sequence: string;
  /** Units asked for; 0 asks for none. */
  requested: string;
  /** When the use of what is granted begins. */
  grantTime: string;
  /** What billing is asked about: the customer's account, by its id if that is known. */
  customerId: string;
  accountId: string;
  currency: string;
  /** The reservation that the session came with, and the units that it covers. */
  reservationId: string;
  covered: string;
  /** The debit to make. */
  payment?: { units: string; amount: string; tax: string };
  /** The reservation to make, by prices that may have begun with it; `full` where it is for all units that are asked for. */
  grant?: { units: string; amount: string; holdMs: number; full: boolean; stretches: StoredStretch[] };
  /** Why a start is refused. */
  refusal?: StoredFault;
}

/** What is asked of a session, as it is before that. */
export function chargeOf(
  session: Session,
  asked: { kind: Charge['kind']; sequence: bigint; requested: string; grantTime: Date },
): Charge {
  const { id, customerId, accountId, currency, reservationId, granted } = session;
  return {
    session: id,
    kind: asked.kind,
    sequence: String(asked.sequence),
    requested: asked.requested,
    grantTime: asked.grantTime.toISOString(),
    customerId,
    accountId,
    currency,
    reservationId,
    covered: exactText(granted),
  };
}
