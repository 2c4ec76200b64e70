import { type Exact, larger } from '#shared/money/decimal';
import type { Payment } from './payment.ts';
import type { Session, Stretch } from './session.ts';

/** The session after a report: more was used, and it has to report again by a new time. */
export function reported(session: Session, used: Exact, holdMs: number, now: Date): Session {
  const all = session.used.add(used);
  const expireTime = new Date(now.getTime() + holdMs);
  return { ...session, used: all, granted: larger(session.granted, all), holdMs, expireTime };
}

/** The session after a debit. */
export function paid(session: Session, { units, amount, tax }: Payment): Session {
  return { ...session, paid: units, charged: session.charged + amount, tax: session.tax + tax };
}

/** The session without its reservation; what was granted beyond what is used went with it. */
export function unreserved(session: Session): Session {
  return { ...session, reservationId: '', reserved: 0n };
}

/** The session without what was granted and not used. */
export function withoutGrant(session: Session): Session {
  return { ...unreserved(session), granted: session.used, finalGrant: false };
}

export interface Granted {
  units: Exact;
  stretches: readonly Stretch[];
  /** Nothing where the units cost nothing. */
  reservation: { id: string; accountId: string; amount: bigint } | undefined;
  /** Whether it is less than was asked for. */
  final: boolean;
}

/** The session with new units to use. */
export function granted(session: Session, { units, stretches, reservation, final }: Granted): Session {
  return {
    ...session,
    stretches,
    granted: session.used.add(units),
    reservationId: reservation?.id ?? '',
    reserved: reservation?.amount ?? 0n,
    accountId: reservation?.accountId ?? session.accountId,
    finalGrant: final,
  };
}
