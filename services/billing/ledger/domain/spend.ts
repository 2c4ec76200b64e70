import { available } from '../../domain/account.ts';
import { requireCover, requireCurrency, taxIn } from './amount.ts';
import type { Book } from './book.ts';
import type { Moment } from './command.ts';
import { spendable } from './cover.ts';
import { takeFrom } from './credits.ts';
import type { Decision, Of } from './decision.ts';
import { requireInTime } from './inTime.ts';
import { prepaidLines } from './lines.ts';

/** Takes an amount at once, out of credits that expire first. */
export function spend(book: Book, command: Of<'spend'>, { now, newId }: Moment): Decision {
  const { cause, accountId, amount, memo } = command;
  requireInTime(command.notAfter, now);
  const account = book.prepaid(accountId);
  requireCurrency(account, amount);
  const { credits, most } = spendable(book, account, now);
  requireCover(account, amount.minor, most);
  const tax = taxIn(amount.minor, account, command.tax);
  const id = newId();
  const causeId = command.causeId ?? id;
  const lines = prepaidLines(cause, account, amount.minor, tax);
  return {
    effects: [
      { kind: 'take-credits', parts: takeFrom(credits, amount.minor) },
      { kind: 'post', entry: { id, time: now, cause, causeId, memo, lines } },
    ],
    cause,
    causeId,
    answer: { kind: 'entry', id, accountId },
  };
}

/** Pays out what is not a gift. */
export function withdraw(book: Book, { accountId, amount, memo }: Of<'withdraw'>, { now, newId }: Moment): Decision {
  const account = book.prepaid(accountId);
  requireCurrency(account, amount);
  requireCover(account, amount.minor, available(account) - account.expiring);
  const id = newId();
  const cause = { cause: 'WITHDRAWAL', causeId: id } as const;
  const lines = prepaidLines('WITHDRAWAL', account, amount.minor);
  return {
    effects: [{ kind: 'post', entry: { id, time: now, ...cause, memo, lines } }],
    ...cause,
    answer: { kind: 'entry', id, accountId },
  };
}
