import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contradictionIn, type JournalEntry, type Line } from './entry.ts';

const cash = (minor: bigint, currency = 'KRW'): Line => ({ ledger: 'CASH', accountId: '', currency, minor });
const purse = (minor: bigint, accountId = 'purse'): Line => ({ ledger: 'PREPAID', accountId, currency: 'KRW', minor });
const entry = (...lines: Line[]): JournalEntry => ({
  id: 'e',
  time: new Date(0),
  cause: 'TOP_UP',
  causeId: '',
  memo: '',
  accountId: 'purse',
  customerId: 'kim',
  position: 1n,
  lines,
});

describe('an entry of the journal', () => {
  test.each([
    ['balances', entry(purse(-5n), cash(5n)), undefined],
    ['has three lines', entry(purse(-5n), cash(4n), cash(1n)), undefined],
    ['is off by one', entry(purse(-5n), cash(4n)), 'the lines in KRW do not sum to zero but to -1'],
    ['balances across currencies only', entry(purse(-5n), cash(5n, 'USD')), /do not sum to zero/],
    ['has one line', entry(cash(5n)), 'an entry has at least two lines'],
    ['has a line of zero', entry(cash(0n), purse(0n)), 'a line of zero moves nothing'],
    ['moves another account', entry(purse(-5n, 'other'), cash(5n)), 'a line is of another account'],
    ['is at no position', { ...entry(purse(-5n), cash(5n)), position: 0n }, 'position 0 is not one'],
    [
      'books cash to a customer',
      entry(purse(-5n), { ...cash(5n), accountId: 'purse' }),
      'a line of a company ledger names an account',
    ],
  ])('that %s', (_name, read, expected) => {
    const contradiction = contradictionIn(read);
    if (expected instanceof RegExp) expect(contradiction).toMatch(expected);
    else expect(contradiction).toBe(expected);
  });

  test('any amounts: it is taken exactly when its lines sum to zero', () => {
    const amount = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }).filter((minor) => minor !== 0n);
    fc.assert(
      fc.property(
        fc.array(amount, { minLength: 1, maxLength: 6 }),
        fc.bigInt({ min: -1n, max: 1n }),
        (amounts, off) => {
          const rest = off - amounts.reduce((sum, minor) => sum + minor, 0n);
          fc.pre(rest !== 0n);
          const lines = [...amounts.map((minor) => cash(minor)), purse(rest)];
          expect(contradictionIn(entry(...lines)) === undefined).toBe(off === 0n);
        },
      ),
    );
  });
});
