import { expect, test } from 'vitest';
import type { Difference } from './reconcile.ts';
import { isComplete, isNews, type Verdict } from './verdict.ts';

const billing = { invoices: 3n, lines: 0n, usageBytes: 0n, totals: [] };

function difference(figure: Difference['figure'], actual: bigint): Verdict {
  const each: Difference = { figure, offeringId: '', source: 'billing', currency: '', expected: 0n, actual };
  return { state: 'DIFFERENCE', differences: [each] };
}

test('an open month waits for its invoices, but not for fewer of them', () => {
  expect(isComplete('OPEN', 2n, billing)).toBe(false);
  expect(isComplete('OPEN', 3n, billing)).toBe(true);
  expect(isComplete('OPEN', 4n, billing)).toBe(true);
});

test('a month once compared is compared at every further event', () => {
  expect(isComplete('SETTLED', 2n, billing)).toBe(true);
  expect(isComplete('DIFFERENCE', 2n, billing)).toBe(true);
});

test('news are a new state or another figure, not the same figure further off', () => {
  expect(isNews({ state: 'OPEN' }, { state: 'SETTLED' })).toBe(true);
  expect(isNews({ state: 'SETTLED' }, { state: 'SETTLED' })).toBe(false);
  expect(isNews({ state: 'SETTLED' }, difference('invoices', 1n))).toBe(true);
  expect(isNews(difference('invoices', 1n), difference('invoices', 2n))).toBe(false);
  expect(isNews(difference('invoices', 1n), difference('total', 1n))).toBe(true);
  expect(isNews(difference('invoices', 1n), { state: 'SETTLED' })).toBe(true);
});
