import { requireCover, requireCurrency } from './amount.ts';
import type { Book } from './book.ts';
import type { Moment } from './command.ts';
import { spendable } from './cover.ts';
import { takeFrom } from './credits.ts';
import type { Decision, Of } from './decision.ts';
import type { Reservation } from './reservation.ts';

/** Sets an amount aside, out of credits that expire first. */
export function reserve(
  book: Book,
  { accountId, ownerId, amount, holdMs }: Of<'reserve'>,
  { now, newId }: Moment,
): Decision {
  // Before anything else is said of it: a stranger does not learn of what kind it is either.
  if (ownerId !== undefined) book.requireOwned(accountId, ownerId);
  const account = book.prepaid(accountId);
  requireCurrency(account, amount);
  const { credits, most } = spendable(book, account, now);
  requireCover(account, amount.minor, most);
  const reservation: Reservation = {
    id: newId(),
    accountId,
    minor: amount.minor,
    committed: 0n,
    tax: 0n,
    refunded: 0n,
    state: 'HELD',
    createTime: now,
    expireTime: new Date(now.getTime() + holdMs),
    parts: takeFrom(credits, amount.minor),
  };
  return {
    effects: [
      { kind: 'take-credits', parts: reservation.parts },
      { kind: 'hold', reservation },
    ],
    cause: 'RESERVE',
    causeId: reservation.id,
    answer: { kind: 'reservation', id: reservation.id },
  };
}
