import type { Transaction } from '#shared/database/database';
import type { Fault, Reason } from '#shared/errors/fault';
import { decimal, smaller, zero } from '#shared/money/decimal';
import { call, type Decision, defineSaga, done, goto, local, type Saga } from '#shared/saga/saga';
import type { Balances } from '../../calls.ts';
import { mostMinor, type Payment, paymentUpTo, paymentWithin } from '../domain/payment.ts';
import { paid, unreserved, withoutGrant } from '../domain/progress.ts';
import type { Session } from '../domain/session.ts';
import { saveSession } from '../store/sessions.ts';
import { availableIn, balanceCalls, type Reserved } from './calls.ts';
import type { Charge } from './charge.ts';
import { finish } from './finish.ts';
import { grantUnits, reservedGrant } from './granting.ts';
import { lockedSession, lockMetered, paymentFromData, paymentToData } from './state.ts';

export interface ChargingOptions {
  clock: { now(): Date };
  timeZone: string;
}

const only =
  (...reasons: Reason[]) =>
  ({ reason }: Fault) =>
    reasons.includes(reason);

/**
 * Carries out a command of a session:
 *
 *     settle ─> commit | release ─> collect ─> debit ─> grant ─> reserve ─> finish
 *
 * What was used is paid out of the reservation, the rest of it is released, what was used beyond it is debited as far as the balance goes, and
 * further units are reserved. Every call is repeated until billing has answered: what is owed must not be lost, and a
 * reservation of which nobody knows would tie up a balance. Where the caller has gone meanwhile, the session expires.
 */
export function chargingSaga(balances: Balances, { clock, timeZone }: ChargingOptions): Saga<Charge> {
  const calls = balanceCalls(balances);
  const limitMs = Number.POSITIVE_INFINITY;
  return defineSaga<Charge>({
    type: 'charging',
    first: 'settle',
    steps: {
      settle: local(async (tx, data) => {
        if (data.kind === 'START') return goto('grant', data);
        const { session, meter } = await lockMetered(tx, data.session, timeZone);
        // What cannot be priced is refused here, where the report has not been taken yet.
        const due = paymentUpTo(meter, session, session.used);
        if (!data.reservationId) return goto('collect', data);
        const covered = smaller(session.used, decimal(data.covered));
        const payment = covered.equals(session.used) ? due : paymentUpTo(meter, session, covered);
        if (payment.amount > 0n) return goto('commit', { ...data, payment: paymentToData(payment) });
        await saveSession(tx, paid(session, payment));
        return goto('release', data);
      }),
      commit: call<Charge, void>({
        limitMs,
        decides: only('RESERVATION_STATE_FORBIDS', 'RESERVATION_NOT_FOUND'),
        run: calls.commit,
        onResult: async (tx, data) => {
          const session = await lockedSession(tx, data.session);
          await saveSession(tx, unreserved(paid(session, paymentFromData(data.payment))));
          return goto('collect', data);
        },
        // It has run out while nobody could be reached: what it was for is debited like what goes beyond it.
        onFault: async (tx, data) => {
          await saveSession(tx, unreserved(await lockedSession(tx, data.session)));
          return goto('collect', data);
        },
      }),
      release: call<Charge, void>({
        limitMs,
        decides: only('RESERVATION_STATE_FORBIDS', 'RESERVATION_NOT_FOUND'),
        run: calls.release,
        onResult: async (tx, data) => {
          await saveSession(tx, unreserved(await lockedSession(tx, data.session)));
          return goto('collect', data);
        },
        onFault: async (tx, data) => {
          await saveSession(tx, unreserved(await lockedSession(tx, data.session)));
          return goto('collect', data);
        },
      }),
      collect: local(async (tx, data) => {
        const { session, meter } = await lockMetered(tx, data.session, timeZone);
        const due = paymentUpTo(meter, session, session.used);
        const payment = due.amount > mostMinor ? paymentWithin(meter, session, mostMinor) : due;
        return payment ? debitOrGrant(tx, session, data, payment) : goto('grant', data);
      }),
      debit: call<Charge, void>({
        limitMs,
        decides: only('INSUFFICIENT_BALANCE', 'ACCOUNT_NOT_FOUND', 'ACCOUNT_MISMATCH', 'CURRENCY_MISMATCH'),
        run: calls.debit,
        onResult: async (tx, data) => {
          const session = await lockedSession(tx, data.session);
          await saveSession(tx, paid(session, paymentFromData(data.payment)));
          return goto('grant', data);
        },
        onFault: async (tx, data, fault) => {
          if (fault.reason !== 'INSUFFICIENT_BALANCE') return goto('grant', data);
          const { session, meter } = await lockMetered(tx, data.session, timeZone);
          const payment = paymentWithin(meter, session, availableIn(fault, session.currency));
          return payment ? debitOrGrant(tx, session, data, payment) : goto('grant', data);
        },
      }),
      grant: local(async (tx, data) => {
        const metered = await lockMetered(tx, data.session, timeZone);
        const session = withoutGrant(metered.session);
        await saveSession(tx, session);
        const isWanted = decimal(data.requested).gt(zero) && session.used.equals(session.paid);
        return isWanted ? grantUnits(tx, { ...metered, session }, data, timeZone) : goto('finish', data);
      }),
      reserve: call<Charge, Reserved>({
        limitMs,
        decides: only(
          ...(['INSUFFICIENT_BALANCE', 'ACCOUNT_NOT_FOUND', 'ACCOUNT_MISMATCH', 'CURRENCY_MISMATCH'] as const),
          'INVALID_REQUEST',
        ),
        run: calls.reserve,
        onResult: async (tx, data, reserved) => {
          await reservedGrant(tx, await lockedSession(tx, data.session), data, reserved);
          return goto('finish', data);
        },
        onFault: async (tx, data, fault) =>
          grantUnits(tx, await lockMetered(tx, data.session, timeZone), data, timeZone, fault),
      }),
      finish: local(async (tx, data) => {
        await finish(tx, await lockedSession(tx, data.session), data, clock.now());
        return done(data);
      }),
    },
  });
}

/** What costs nothing is paid without a debit. */
async function debitOrGrant(
  tx: Transaction,
  session: Session,
  data: Charge,
  payment: Payment,
): Promise<Decision<Charge>> {
  if (payment.amount > 0n) return goto('debit', { ...data, payment: paymentToData(payment) });
  await saveSession(tx, paid(session, payment));
  return goto('grant', data);
}
