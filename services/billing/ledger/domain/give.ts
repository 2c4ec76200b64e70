import { invalidField } from '#shared/errors/fault';
import { requireCurrency, requireRoom } from './amount.ts';
import type { Book } from './book.ts';
import type { Moment } from './command.ts';
import type { Decision, Of } from './decision.ts';
import type { Effect } from './effect.ts';
import { prepaidLines } from './lines.ts';

/** Gives an amount to an account. A gift with an end becomes a credit, under the id of its entry. */
export function give(book: Book, command: Of<'give'>, { now, newId }: Moment): Decision {
  const { cause, accountId, amount, expireTime, memo } = command;
  const account = book.prepaid(accountId);
  requireCurrency(account, amount);
  requireRoom(account, amount.minor);
  if (expireTime && expireTime <= now) throw invalidField('expire_time', 'must be in the future');
  const id = newId();
  const causeId = command.causeId ?? id;
  const lines = prepaidLines(cause, account, amount.minor);
  const effects: Effect[] = [{ kind: 'post', entry: { id, time: now, cause, causeId, memo, lines } }];
  if (expireTime) effects.push({ kind: 'open-credit', credit: { id, accountId, remaining: amount.minor, expireTime } });
  return { effects, cause, causeId, answer: { kind: 'entry', id, accountId } };
}
