import type { Book } from './book.ts';
import type { Moment } from './command.ts';
import type { Decision, Of } from './decision.ts';
import { prepaidLines } from './lines.ts';

/** Takes back what is left of a credit whose time is over. Harmless where that has happened, or where there is time left. */
export function expireCredit(
  book: Book,
  { accountId, creditId }: Of<'expire-credit'>,
  { now, newId }: Moment,
): Decision {
  const cause = { cause: 'CREDIT_EXPIRY', causeId: creditId } as const;
  const credit = book.credit(creditId);
  if (!credit || credit.remaining === 0n || credit.expireTime > now) {
    return { effects: [], ...cause, answer: { kind: 'nothing' } };
  }
  const id = newId();
  const lines = prepaidLines('CREDIT_EXPIRY', book.prepaid(accountId), credit.remaining);
  return {
    effects: [
      { kind: 'take-credits', parts: [{ creditId, minor: credit.remaining }] },
      { kind: 'post', entry: { id, time: now, ...cause, memo: '', lines } },
    ],
    ...cause,
    answer: { kind: 'entry', id, accountId },
  };
}
