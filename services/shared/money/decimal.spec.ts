import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal, divideExact, exactText, formatScaled, isDecimal, type RoundingMode, roundTo } from './decimal.ts';

describe('decimal', () => {
  it.each(['0', '12.5', '-0.001', '00012', '123456789012345678901234567890.12345'])('reads %s exactly', (text) => {
    expect(Number(exactText(decimal(text)))).toBe(Number(text));
  });

  it.each(['', '1e5', '+1', ' 1', '1.', '.5', '1,5', '0x10', '1/3', 'NaN'])('refuses %j', (text) => {
    expect(isDecimal(text)).toBe(false);
    expect(() => decimal(text)).toThrow(RangeError);
  });
});

describe('roundTo', () => {
  const cases: [string, number, RoundingMode, bigint][] = [
    ['2.5', 0, 'HALF_UP', 3n],
    ['-2.5', 0, 'HALF_UP', -3n],
    ['2.5', 0, 'HALF_EVEN', 2n],
    ['3.5', 0, 'HALF_EVEN', 4n],
    ['2.51', 0, 'HALF_EVEN', 3n],
    ['2.01', 0, 'UP', 3n],
    ['-2.01', 0, 'UP', -3n],
    ['2.99', 0, 'DOWN', 2n],
    ['-2.99', 0, 'DOWN', -2n],
    ['12.345', 2, 'HALF_UP', 1235n],
    ['12.3', 2, 'UP', 1230n],
  ];
  it.each(cases)('%s at %i decimals %s is %s', (text, decimals, mode, expected) => {
    expect(roundTo(decimal(text), decimals, mode)).toBe(expected);
  });

  it('is never further off than half a unit when it rounds halves', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.bigInt(1n, 10n ** 9n), fc.nat(6), (n, d, decimals) => {
        const exact = divideExact(n, d);
        const rounded = divideExact(roundTo(exact, decimals, 'HALF_UP'), 10n ** BigInt(decimals));
        expect(
          exact
            .sub(rounded)
            .abs()
            .mul(2n * 10n ** BigInt(decimals))
            .lte(1),
        ).toBe(true);
      }),
    );
  });
});

describe('exactText', () => {
  it('shows a decimal where one is exact and a fraction where none is', () => {
    expect(exactText(divideExact(1, 8))).toBe('0.125');
    expect(exactText(divideExact(-10, 30))).toBe('-1/3');
    expect(exactText(decimal('1200.00'))).toBe('1200');
  });
});

describe('formatScaled', () => {
  it('pads small numbers', () => {
    expect(formatScaled(-5n, 2)).toBe('-0.05');
    expect(formatScaled(5n, 0)).toBe('5');
    expect(formatScaled(12345n, 3)).toBe('12.345');
  });
});
