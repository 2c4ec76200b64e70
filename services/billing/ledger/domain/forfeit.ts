import { requireCurrency } from './amount.ts';
import type { Book } from './book.ts';
import type { Moment } from './command.ts';
import { spendable } from './cover.ts';
import { atMost, takeFrom } from './credits.ts';
import type { Decision, Of } from './decision.ts';
import { requireInTime } from './inTime.ts';
import { prepaidLines } from './lines.ts';

/**
 * Takes as much of an amount as is available, out of credits that expire first. What is reserved stays reserved: it is as good as spent.
 * With nothing there nothing is posted, for an entry moves something, and the answer says so by an entry without an id.
 */
export function forfeit(book: Book, command: Of<'forfeit'>, { now, newId }: Moment): Decision {
  const { causeId, accountId, amount, memo } = command;
  requireInTime(command.notAfter, now);
  const account = book.prepaid(accountId);
  requireCurrency(account, amount);
  const { credits, most } = spendable(book, account, now);
  const minor = atMost(amount.minor, most);
  const cause = { cause: 'FORFEITURE', causeId } as const;
  if (minor <= 0n) {
    const { currency, balance } = account;
    const entry = { id: '', accountId, currency, position: 0n, time: now, ...cause, memo, minor: 0n, balance };
    return { effects: [], ...cause, answer: { kind: 'no-entry', entry } };
  }
  const id = newId();
  const lines = prepaidLines('FORFEITURE', account, minor);
  return {
    effects: [
      { kind: 'take-credits', parts: takeFrom(credits, minor) },
      { kind: 'post', entry: { id, time: now, ...cause, memo, lines } },
    ],
    ...cause,
    answer: { kind: 'entry', id, accountId },
  };
}
