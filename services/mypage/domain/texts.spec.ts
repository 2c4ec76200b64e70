import { expect, test } from 'vitest';
import { OrderAction, OrderState } from '#proto/ordering/v1/order';
import { orderText } from './orderText.ts';
import { amountText, minuteText, reasonText } from './words.ts';

test.each([
  [OrderState.PENDING, '', 'Activation of 010-1 was ordered'],
  [OrderState.COMPLETED, '', 'Activation of 010-1 is done'],
  [OrderState.REJECTED, 'ACCOUNT_MISMATCH', 'Activation of 010-1 was refused: the account cannot be charged for it'],
  [OrderState.CANCELLED, '', 'Activation of 010-1 was cancelled'],
  [OrderState.FAILED, 'SERVICE_NUMBER_IN_USE', 'Activation of 010-1 failed: another line uses this number'],
] as const)('an order in state %s in words', (state, reason, text) => {
  expect(orderText(OrderAction.ACTIVATE, state, '010-1', reason)).toBe(text);
});

test('the second termination says that nothing is charged', () => {
  const text = orderText(OrderAction.TERMINATE, OrderState.ALREADY_TERMINATED, '010-1', '');
  expect(text).toBe('Termination of 010-1: the line was terminated before, and nothing is charged');
});

test('reasons nobody has put into words are spelled out', () => {
  expect(reasonText('SOMETHING_ELSE_BROKE')).toBe('something else broke');
  expect(reasonText('')).toBe('no reason was given');
});

test.each([
  ['0', '0 KRW'],
  ['999', '999 KRW'],
  ['9899', '9,899 KRW'],
  ['-1234567', '-1,234,567 KRW'],
  ['1234.50', '1,234.50 KRW'],
])('%s won in words: %s', (amount, text) => {
  expect(amountText({ currency: 'KRW', amount })).toBe(text);
});

test('an instant is told in the business time zone', () => {
  expect(minuteText(new Date('2026-10-31T15:00:00Z'), 'Asia/Seoul')).toBe('2026-11-01 00:00');
});
