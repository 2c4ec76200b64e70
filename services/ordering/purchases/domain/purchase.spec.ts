import { expect, test } from 'vitest';
import { reasonCodes } from '#shared/errors/fault';
import { endFor, isFree, neverSpent } from './purchase.ts';

test.each([
  ['INSUFFICIENT_BALANCE', 'REJECTED'],
  ['OUT_OF_STOCK', 'REJECTED'],
  ['CONTENT_ALREADY_OWNED', 'REJECTED'],
  ['ACCOUNT_NOT_FOUND', 'REJECTED'],
  ['ACCOUNT_MISMATCH', 'REJECTED'],
  ['CURRENCY_MISMATCH', 'REJECTED'],
  ['SAGA_TIMED_OUT', 'FAILED'],
  ['RESERVATION_STATE_FORBIDS', 'FAILED'],
  ['ACCESS_DENIED', 'FAILED'],
  ['INTERNAL', 'FAILED'],
])('SHOP-3 %s ends an order as %s with that reason', (reason, state) => {
  expect(reasonCodes.has(reason)).toBe(true);
  expect(endFor(reason)).toEqual({ state, reason });
});

test.each([
  ['0', true],
  ['0.00', true],
  ['1', false],
  ['0.01', false],
  ['10', false],
])('a total of %s is free: %s', (total, free) => {
  expect(isFree({ total })).toBe(free);
});

test('only a word about the reservation itself says that nothing was spent', () => {
  const certain = [...reasonCodes.keys()].filter(neverSpent);
  expect(certain.sort()).toEqual(['RESERVATION_NOT_FOUND', 'RESERVATION_STATE_FORBIDS']);
});
