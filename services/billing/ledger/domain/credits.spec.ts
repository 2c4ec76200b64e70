import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CreditPart, refundParts, takeFrom, unspent } from './credits.ts';
import { type Reservation, refundedTax } from './reservation.ts';

const credit = (id: string, remaining: bigint, day: number) => ({
  id,
  accountId: 'account',
  remaining,
  expireTime: new Date(Date.UTC(2026, 0, day)),
});
const sum = (parts: readonly CreditPart[]) => parts.reduce((total, { minor }) => total + minor, 0n);
function least(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}
const amounts = fc.array(fc.bigInt(0n, 50n), { maxLength: 6 });
const creditsOf = (remaining: bigint[]) => remaining.map((minor, index) => credit(`c${index}`, minor, index + 1));

describe('credits that expire', () => {
  it('are spent in the order of their ends, and what never expires last', () => {
    const credits = [credit('soon', 30n, 1), credit('later', 50n, 2)];
    expect(takeFrom(credits, 20n)).toEqual([{ creditId: 'soon', minor: 20n }]);
    expect(takeFrom(credits, 60n)).toEqual([
      { creditId: 'soon', minor: 30n },
      { creditId: 'later', minor: 30n },
    ]);
    expect(sum(takeFrom(credits, 1000n))).toBe(80n);
  });

  it('give back what a reservation did not spend, the latest end first', () => {
    const parts = [
      { creditId: 'soon', minor: 30n },
      { creditId: 'later', minor: 30n },
    ];
    expect(unspent(parts, 40n)).toEqual([{ creditId: 'later', minor: 20n }]);
    expect(unspent(parts, 0n)).toEqual(parts);
    expect(unspent(parts, 100n)).toEqual([]);
  });

  it('never take a later credit while an earlier one has something left', () => {
    fc.assert(
      fc.property(amounts, fc.bigInt(0n, 400n), (remaining, minor) => {
        const credits = creditsOf(remaining);
        const taken = new Map(takeFrom(credits, minor).map((part) => [part.creditId, part.minor]));
        let open = false;
        for (const { id, remaining: left } of credits) {
          const part = taken.get(id) ?? 0n;
          expect(part <= left).toBe(true);
          if (open) expect(part).toBe(0n);
          if (part < left) open = true;
        }
      }),
    );
  });

  it('get back exactly what they gave, in however many refunds', () => {
    const shares = fc.array(fc.bigInt(0n, 100n), { maxLength: 5 });
    fc.assert(
      fc.property(amounts, fc.bigInt(1n, 400n), fc.bigInt(0n, 400n), shares, (remaining, minor, spent, refunds) => {
        const parts = takeFrom(creditsOf(remaining), minor);
        const committed = least(spent, minor);
        const back = unspent(parts, committed);
        let before = 0n;
        for (const share of [...refunds, committed]) {
          const behind = least(before + share, committed);
          back.push(...refundParts(parts, committed, before, behind));
          before = behind;
        }
        for (const { creditId, minor: gave } of parts) {
          expect(sum(back.filter((part) => part.creditId === creditId))).toBe(gave);
        }
      }),
    );
  });
});

describe('tax in refunds', () => {
  it('adds up to exactly the tax, in however many refunds', () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n, 10n ** 12n),
        fc.bigInt(0n, 100n),
        fc.array(fc.bigInt(1n, 10n ** 11n)),
        (committed, percent, shares) => {
          const reservation = { committed, tax: (committed * percent) / 100n } as Reservation;
          let before = 0n;
          let taxes = 0n;
          for (const share of [...shares, committed]) {
            const behind = least(before + share, committed);
            const tax = refundedTax(reservation, behind) - refundedTax(reservation, before);
            expect(tax >= 0n && tax <= behind - before).toBe(true);
            taxes += tax;
            before = behind;
          }
          expect(taxes).toBe(reservation.tax);
        },
      ),
    );
  });
});
