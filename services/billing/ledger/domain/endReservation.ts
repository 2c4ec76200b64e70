import { requireCurrency, taxIn } from './amount.ts';
import type { Book } from './book.ts';
import type { Moment } from './command.ts';
import { unspent } from './credits.ts';
import type { Decision, Of } from './decision.ts';
import type { Effect } from './effect.ts';
import { prepaidLines } from './lines.ts';
import { type Reservation, requirePart, requireState, stateAt } from './reservation.ts';

/** Spends a reservation, whole or in part, or gives it back. */
export function endReservation(book: Book, command: Of<'commit'> | Of<'release'>, moment: Moment): Decision {
  const reservation = book.reservation(command.reservationId);
  return command.kind === 'commit' ? commit(book, reservation, command, moment) : release(reservation, moment);
}

function commit(book: Book, reservation: Reservation, { amount, tax, memo }: Of<'commit'>, moment: Moment): Decision {
  const { id, accountId, minor } = reservation;
  const account = book.prepaid(accountId);
  requireState(reservation, 'HELD', moment.now);
  if (amount) requireCurrency(account, amount);
  const spent = amount?.minor ?? minor;
  requirePart(spent, minor, account.currency, 'is reserved');
  const taxed = taxIn(spent, account, tax);
  const cause = { cause: 'COMMIT', causeId: id } as const;
  const lines = prepaidLines('COMMIT', account, spent, taxed);
  return {
    effects: [
      ...end(reservation, 'COMMITTED', spent, taxed),
      { kind: 'post', entry: { id: moment.newId(), time: moment.now, ...cause, memo, lines } },
    ],
    ...cause,
    answer: { kind: 'reservation', id },
  };
}

/** One that is over already stays as it is; a spent one cannot be given back this way. */
function release(reservation: Reservation, { now }: Moment): Decision {
  if (reservation.state === 'COMMITTED') requireState(reservation, 'HELD', now);
  const state = stateAt(reservation, now);
  return over(reservation, state === 'HELD' ? 'RELEASED' : 'EXPIRED');
}

/** Gives back what was neither spent nor given back in time. Harmless where that has happened, or where there is time left. */
export function expireReservation(book: Book, { reservationId }: Of<'expire-reservation'>, { now }: Moment): Decision {
  const reservation = book.reservation(reservationId);
  if (stateAt(reservation, now) === 'EXPIRED') return over(reservation, 'EXPIRED');
  return { effects: [], cause: 'RESERVATION_EXPIRY', causeId: reservation.id, answer: { kind: 'nothing' } };
}

function over(reservation: Reservation, state: 'RELEASED' | 'EXPIRED'): Decision {
  return {
    effects: reservation.state === 'HELD' ? end(reservation, state, 0n, 0n) : [],
    cause: state === 'RELEASED' ? 'RELEASE' : 'RESERVATION_EXPIRY',
    causeId: reservation.id,
    answer: { kind: 'reservation', id: reservation.id },
  };
}

function end(reservation: Reservation, state: Reservation['state'], committed: bigint, tax: bigint): Effect[] {
  return [
    { kind: 'end', reservationId: reservation.id, state, committed, tax },
    { kind: 'give-credits', parts: unspent(reservation.parts, committed) },
  ];
}
