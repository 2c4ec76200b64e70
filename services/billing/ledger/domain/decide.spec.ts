import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '#shared/errors/fault';
import type { Account } from '../../domain/account.ts';
import { available } from '../../domain/account.ts';
import { Book } from './book.ts';
import type { Command } from './command.ts';
import { decide } from './decide.ts';

const start = new Date('2026-11-21T00:00:00Z');
const account = (changes: Partial<Account> = {}): Account => ({
  id: 'account',
  customerId: 'customer',
  currency: 'KRW',
  kind: 'PREPAID',
  balance: 0n,
  reserved: 0n,
  expiring: 0n,
  entries: 0n,
  revision: 1n,
  createTime: start,
  ...changes,
});
const won = (minor: bigint) => ({ currency: 'KRW', minor });

/** A book on which commands are decided and applied one after another. */
class Desk {
  readonly book = new Book({ accounts: [account(), account({ id: 'bill', kind: 'POSTPAID' })] });
  now = start;
  #ids = 0;

  do(command: Command): string {
    const decision = decide(this.book, command, { now: this.now, newId: () => `id-${++this.#ids}` });
    this.book.apply(decision.effects, decision);
    return 'id' in decision.answer ? decision.answer.id : '';
  }

  refusal(command: Command): unknown {
    try {
      this.do(command);
    } catch (fault) {
      if (fault instanceof Fault) return [fault.reason, fault.metadata];
      throw fault;
    }
    return undefined;
  }

  topUp(minor: bigint): void {
    this.do({ kind: 'give', cause: 'TOP_UP', accountId: 'account', amount: won(minor), memo: '' });
  }

  reserve(minor: bigint, holdMs = 60_000): string {
    return this.do({ kind: 'reserve', accountId: 'account', amount: won(minor), holdMs });
  }

  standing() {
    const { balance, reserved, expiring } = this.book.account('account');
    return [balance, reserved, expiring];
  }
}

describe('a command on a prepaid account', () => {
  it('TOON-3 takes 100 of 600 points, and refuses 600 of 200 with what there is and what is needed', () => {
    const desk = new Desk();
    desk.topUp(600n);
    desk.do({ kind: 'spend', cause: 'PAYMENT', accountId: 'account', amount: won(100n), memo: '' });
    expect(desk.standing()).toEqual([500n, 0n, 0n]);
    desk.do({ kind: 'withdraw', accountId: 'account', amount: won(300n), memo: '' });
    const refused = desk.refusal({ kind: 'spend', cause: 'DEBIT', accountId: 'account', amount: won(600n), memo: '' });
    expect(refused).toEqual(['INSUFFICIENT_BALANCE', { available: '200', needed: '600' }]);
    expect(desk.standing()).toEqual([200n, 0n, 0n]);
  });

  it('cannot spend what is reserved, and can again what a commit leaves', () => {
    const desk = new Desk();
    desk.topUp(100n);
    const held = desk.reserve(80n);
    expect(desk.refusal({ kind: 'reserve', accountId: 'account', amount: won(21n), holdMs: 1 })).toEqual([
      'INSUFFICIENT_BALANCE',
      { available: '20', needed: '21' },
    ]);
    desk.do({ kind: 'commit', reservationId: held, amount: won(50n), tax: won(5n), memo: '' });
    expect(desk.standing()).toEqual([50n, 0n, 0n]);
    const [, posting] = desk.book.changes.postings;
    expect(posting?.entry.lines.map(({ ledger, minor }) => [ledger, minor])).toEqual([
      ['PREPAID', 50n],
      ['REVENUE', -45n],
      ['TAX', -5n],
    ]);
  });

  it('finds a reservation over when its time is, also before the worker has come by', () => {
    const desk = new Desk();
    desk.topUp(100n);
    const held = desk.reserve(80n, 1_000);
    desk.now = new Date(start.getTime() + 1_000);
    const state = ['RESERVATION_STATE_FORBIDS', { state: 'EXPIRED' }];
    expect(desk.refusal({ kind: 'commit', reservationId: held, memo: '' })).toEqual(state);
    desk.do({ kind: 'release', reservationId: held });
    expect(desk.book.reservation(held).state).toBe('EXPIRED');
    expect(desk.standing()).toEqual([100n, 0n, 0n]);
  });

  it('leaves gifts with an end where they are when something is paid out, and does not spend them after it', () => {
    const desk = new Desk();
    desk.topUp(100n);
    const expireTime = new Date(start.getTime() + 1_000);
    desk.do({ kind: 'give', cause: 'GRANT', accountId: 'account', amount: won(50n), expireTime, memo: '' });
    expect(desk.refusal({ kind: 'withdraw', accountId: 'account', amount: won(101n), memo: '' })).toEqual([
      'INSUFFICIENT_BALANCE',
      { available: '100', needed: '101' },
    ]);
    desk.now = expireTime;
    expect(desk.refusal({ kind: 'reserve', accountId: 'account', amount: won(101n), holdMs: 1 })).toEqual([
      'INSUFFICIENT_BALANCE',
      { available: '100', needed: '101' },
    ]);
  });

  it('refuses what is not an account to be paid before use, and another currency', () => {
    const desk = new Desk();
    expect(desk.refusal({ kind: 'reserve', accountId: 'bill', amount: won(1n), holdMs: 1 })).toEqual([
      'ACCOUNT_MISMATCH',
      { kind: 'POSTPAID' },
    ]);
    const points = { currency: 'PTS', minor: 1n };
    expect(desk.refusal({ kind: 'reserve', accountId: 'account', amount: points, holdMs: 1 })).toEqual([
      'CURRENCY_MISMATCH',
      { currency: 'KRW' },
    ]);
    expect(desk.refusal({ kind: 'reserve', accountId: 'nobody', amount: won(1n), holdMs: 1 })).toEqual([
      'ACCOUNT_NOT_FOUND',
      {},
    ]);
    expect(desk.refusal({ kind: 'release', reservationId: 'nothing' })).toEqual(['RESERVATION_NOT_FOUND', {}]);
  });

  it('reserves for the owner that is named, and knows nobody else’s account', () => {
    const desk = new Desk();
    desk.topUp(100n);
    const reserve = { kind: 'reserve', amount: won(1n), holdMs: 1 } as const;
    for (const accountId of ['account', 'bill']) {
      expect(desk.refusal({ ...reserve, accountId, ownerId: 'stranger' })).toEqual(['ACCOUNT_NOT_FOUND', {}]);
    }
    expect(desk.standing()).toEqual([100n, 0n, 0n]);
    expect(desk.refusal({ ...reserve, accountId: 'account', ownerId: 'customer' })).toBeUndefined();
  });

  it('gives back no more than was spent', () => {
    const desk = new Desk();
    desk.topUp(100n);
    const held = desk.reserve(100n);
    const refund = (minor: bigint): Command => {
      return { kind: 'refund', causeId: 'key', reservationId: held, amount: won(minor), memo: '' };
    };
    expect(desk.refusal(refund(1n))).toEqual(['RESERVATION_STATE_FORBIDS', { state: 'HELD' }]);
    desk.do({ kind: 'commit', reservationId: held, amount: won(60n), tax: won(6n), memo: '' });
    desk.do(refund(25n));
    expect(desk.refusal(refund(36n))).toEqual(['INVALID_REQUEST', {}]);
    desk.do(refund(35n));
    expect(desk.standing()).toEqual([100n, 0n, 0n]);
  });

  it('whatever comes: entries sum to zero, and available covers the credits', () => {
    const small = fc.bigInt(1n, 60n).map(won);
    const at = fc.nat({ max: 7 });
    const step = fc.oneof(
      fc.record({
        what: fc.constantFrom('topUp', 'grant', 'reserve', 'spend', 'withdraw') as fc.Arbitrary<string>,
        amount: small,
        at,
      }),
      fc.record({
        what: fc.constantFrom('commit', 'release', 'refund', 'expire', 'wait') as fc.Arbitrary<string>,
        amount: small,
        at,
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const desk = new Desk();
        const held: string[] = [];
        const gifts: string[] = [];
        for (const { what, amount, at: index } of steps) {
          const reservationId = held[index] ?? 'none';
          const head = { accountId: 'account', amount, memo: '' };
          const expireTime = new Date(desk.now.getTime() + 1_000 * (index + 1));
          const attempt = (command: Command) => desk.refusal(command);
          if (what === 'topUp') attempt({ kind: 'give', cause: 'TOP_UP', ...head });
          if (what === 'grant') gifts.push(desk.do({ kind: 'give', cause: 'GRANT', expireTime, ...head }));
          if (what === 'reserve' && !attempt({ kind: 'reserve', ...head, holdMs: 3_000 })) {
            held.unshift([...desk.book.changes.newReservations.keys()].at(-1) ?? '');
          }
          if (what === 'spend') attempt({ kind: 'spend', cause: 'DEBIT', ...head });
          if (what === 'withdraw') attempt({ kind: 'withdraw', ...head });
          if (what === 'commit') attempt({ kind: 'commit', reservationId, amount, tax: won(1n), memo: '' });
          if (what === 'release') attempt({ kind: 'release', reservationId });
          if (what === 'refund') attempt({ kind: 'refund', causeId: 'key', reservationId, amount, memo: '' });
          if (what === 'expire') attempt({ kind: 'expire-credit', accountId: 'account', creditId: gifts[index] ?? '' });
          if (what === 'wait') desk.now = new Date(desk.now.getTime() + 1_000);
          const now = desk.book.account('account');
          expect(available(now) >= now.expiring && now.expiring >= 0n && now.reserved >= 0n).toBe(true);
        }
        for (const { entry } of desk.book.changes.postings) {
          expect(entry.lines.reduce((sum, { minor }) => sum + minor, 0n)).toBe(0n);
        }
      }),
    );
  });
});
