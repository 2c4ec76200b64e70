import { type Account, available } from '../../domain/account.ts';
import type { Book } from './book.ts';
import type { Credit } from './credits.ts';

/**
 * What an account can spend now, and the credits in it in the order of their ends. A credit whose time is over does not count also
 * where the worker has not come by yet.
 */
export function spendable(book: Book, account: Account, now: Date): { credits: Credit[]; most: bigint } {
  const all = book.credits(account.id);
  const credits = all.filter(({ expireTime }) => expireTime > now);
  const over = all.reduce((sum, { expireTime, remaining }) => (expireTime > now ? sum : sum + remaining), 0n);
  return { credits, most: available(account) - over };
}
