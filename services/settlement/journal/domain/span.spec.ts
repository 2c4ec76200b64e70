import { describe, expect, test } from 'vitest';
import { halves, horizonOf, nextLength } from './span.ts';
import { trialOf } from './trialBalance.ts';

const now = new Date('2026-12-01T00:00:00Z');

describe('spans', () => {
  test('halves meet and leave nothing out, down to the millisecond', () => {
    for (const length of [2, 3, 1_001]) {
      const [first, second] = halves({ start: new Date(0), end: new Date(length) }) ?? [];
      expect(first?.start.getTime()).toBe(0);
      expect(second?.start).toEqual(first?.end);
      expect(second?.end.getTime()).toBe(length);
    }
    expect(halves({ start: new Date(0), end: new Date(1) })).toBeUndefined();
  });

  test('a walk hurries through what is empty and slows down where there is much', () => {
    expect(nextLength(1_000, 0n)).toBe(2_000);
    expect(nextLength(1_000, 20_000n)).toBe(1_000);
    expect(nextLength(1_000, 100_000n)).toBe(500);
    expect(nextLength(1, 100_000n)).toBe(1);
  });

  test('the horizon is a lag ago, and no newer than a journal that events are still waiting for', () => {
    expect(horizonOf(now, 60_000, undefined)).toEqual(new Date('2026-11-30T23:59:00Z'));
    const newestEntry = new Date('2026-11-20T00:01:00Z');
    expect(horizonOf(now, 60_000, { newestEntry })).toEqual(new Date('2026-11-20T00:00:00Z'));
    expect(horizonOf(now, 60_000, { newestEntry: undefined }) < new Date('1970-01-01')).toBe(true);
    const skewed = new Date('2026-12-01T00:10:00Z');
    expect(horizonOf(now, 60_000, { newestEntry: skewed })).toEqual(new Date('2026-11-30T23:59:00Z'));
  });
});

test('a trial balance adds up nothing across currencies, and leaves out what never moved', () => {
  const trial = trialOf([
    { ledger: 'CASH', currency: 'USD', debit: 5n, credit: 0n },
    { ledger: 'PREPAID', currency: 'KRW', debit: 0n, credit: 5n },
    { ledger: 'TAX', currency: 'KRW', debit: 0n, credit: 0n },
  ]);
  expect(trial.balanced).toBe(false);
  expect(
    trial.currencies.map(({ currency, debit, credit, ledgers }) => [currency, debit, credit, ledgers.length]),
  ).toEqual([
    ['KRW', 0n, 5n, 1],
    ['USD', 5n, 0n, 1],
  ]);
});
