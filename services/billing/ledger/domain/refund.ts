import { requireCurrency, requireRoom } from './amount.ts';
import type { Book } from './book.ts';
import type { Moment } from './command.ts';
import { refundParts } from './credits.ts';
import type { Decision, Of } from './decision.ts';
import { prepaidLines } from './lines.ts';
import { refundedTax, requirePart, requireState } from './reservation.ts';

/**
 * Gives back what a reservation spent, with the tax in proportion and to the credits it came from. A credit whose time is over by
 * then gets it too, and loses it again at once: a purchase and its cancellation do not make points that last longer.
 */
export function refund(book: Book, command: Of<'refund'>, { now, newId }: Moment): Decision {
  const { causeId, reservationId, amount, memo } = command;
  const reservation = book.reservation(reservationId);
  const { accountId, committed, refunded, parts } = reservation;
  const account = book.prepaid(accountId);
  requireCurrency(account, amount);
  requireState(reservation, 'COMMITTED', now);
  requirePart(amount.minor, committed - refunded, account.currency, 'is left of what was spent');
  requireRoom(account, amount.minor);
  const whole = refunded + amount.minor;
  const tax = refundedTax(reservation, whole) - refundedTax(reservation, refunded);
  const id = newId();
  const cause = { cause: 'REFUND', causeId } as const;
  const lines = prepaidLines('REFUND', account, amount.minor, tax);
  return {
    effects: [
      { kind: 'refund', reservationId, minor: amount.minor },
      { kind: 'post', entry: { id, time: now, ...cause, memo, lines } },
      { kind: 'give-credits', parts: refundParts(parts, committed, refunded, whole) },
    ],
    ...cause,
    answer: { kind: 'entry', id, accountId },
  };
}
