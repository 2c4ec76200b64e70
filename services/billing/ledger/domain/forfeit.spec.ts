import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../domain/account.ts';
import { Book } from './book.ts';
import { atMost, type Credit } from './credits.ts';
import { decide } from './decide.ts';

const now = new Date('2026-11-21T00:00:00Z');
const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
const points = (minor: bigint) => ({ currency: 'PTS', minor });
const credit = (id: string, remaining: bigint, expireTime: Date): Credit => ({
  id,
  accountId: 'account',
  remaining,
  expireTime,
});

function bookOf(head: Partial<Account>, credits: Credit[] = []): Book {
  const expiring = credits.reduce((sum, { remaining }) => sum + remaining, 0n);
  const account: Account = {
    id: 'account',
    customerId: 'customer',
    currency: 'PTS',
    kind: 'PREPAID',
    balance: 0n,
    reserved: 0n,
    expiring,
    entries: 0n,
    revision: 1n,
    createTime: now,
    ...head,
  };
  return new Book({ accounts: [account], credits });
}

function forfeit(book: Book, minor: bigint, notAfter?: Date) {
  const wish = { causeId: 'k', accountId: 'account', amount: points(minor), memo: 'm', ...(notAfter && { notAfter }) };
  const decision = decide(book, { kind: 'forfeit', ...wish }, { now, newId: () => 'entry' });
  book.apply(decision.effects, decision);
  return decision;
}

describe('SMOKE-4 what is taken away', () => {
  it('is all that was asked for where there is as much, and goes where gifts come from', () => {
    const book = bookOf({ balance: 300n });
    expect(forfeit(book, 100n)).toMatchObject({ cause: 'FORFEITURE', causeId: 'k', answer: { kind: 'entry' } });
    expect(book.account('account').balance).toBe(200n);
    const lines = book.changes.postings[0]?.entry.lines.map(({ ledger, minor }) => [ledger, minor]);
    expect(lines).toEqual([
      ['PREPAID', 100n],
      ['PROMOTION', -100n],
    ]);
  });

  it('is what there is where there is less, and leaves what is reserved', () => {
    const book = bookOf({ balance: 300n, reserved: 250n });
    forfeit(book, 100n);
    expect(book.account('account')).toMatchObject({ balance: 250n, reserved: 250n });
  });

  it('is taken out of what expires first, and not out of what is over', () => {
    const credits = [credit('late', 40n, later(90)), credit('over', 50n, later(-1)), credit('soon', 30n, later(10))];
    const book = bookOf({ balance: 130n }, credits);
    forfeit(book, 45n);
    expect([book.credit('soon')?.remaining, book.credit('late')?.remaining]).toEqual([0n, 25n]);
    forfeit(book, 1_000n);
    expect(book.account('account')).toMatchObject({ balance: 50n, expiring: 50n });
    expect(book.credit('over')?.remaining).toBe(50n);
  });

  it('is nothing where there is nothing: no entry, and an answer that says zero', () => {
    const book = bookOf({ balance: 50n, reserved: 50n });
    const { effects, answer } = forfeit(book, 100n);
    expect(effects).toEqual([]);
    expect(answer).toEqual({
      kind: 'no-entry',
      entry: {
        id: '',
        accountId: 'account',
        currency: 'PTS',
        position: 0n,
        time: now,
        cause: 'FORFEITURE',
        causeId: 'k',
        memo: 'm',
        minor: 0n,
        balance: 50n,
      },
    });
    expect(book.changes.isEmpty).toBe(true);
  });

  it('is refused after its last moment, not at it, and in another currency', () => {
    expect(() => forfeit(bookOf({ balance: 10n }), 1n, later(-0.001))).toThrow(
      expect.objectContaining({ reason: 'COMMAND_EXPIRED' }),
    );
    expect(forfeit(bookOf({ balance: 10n }), 1n, now).effects).toHaveLength(2);
    expect(() => forfeit(bookOf({ currency: 'KRW' }), 1n)).toThrow(
      expect.objectContaining({ reason: 'CURRENCY_MISMATCH' }),
    );
  });

  it('never takes more than was asked for or is there, whatever is reserved or expires', () => {
    const amount = fc.bigInt({ min: 0n, max: 500n });
    const creditsOf = fc.array(fc.tuple(amount, fc.integer({ min: -5, max: 5 })), { maxLength: 4 });
    fc.assert(
      fc.property(amount, amount, creditsOf, fc.bigInt({ min: 1n, max: 2_000n }), (free, reserved, parts, wanted) => {
        const credits = parts.map(([minor, seconds], index) => credit(`c${index}`, minor, later(seconds)));
        const given = credits.reduce((sum, { remaining }) => sum + remaining, 0n);
        const over = credits.reduce((sum, each) => (each.expireTime > now ? sum : sum + each.remaining), 0n);
        const balance = free + reserved + given;
        const book = bookOf({ balance, reserved }, credits);
        forfeit(book, wanted);
        const most = free + given - over;
        const behind = book.account('account');
        expect(balance - behind.balance).toBe(atMost(wanted, most));
        expect(behind.balance - behind.reserved).toBeGreaterThanOrEqual(behind.expiring);
      }),
    );
  });
});
