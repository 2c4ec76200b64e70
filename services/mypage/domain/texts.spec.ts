import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { BalanceCause, EntrySchema } from '#proto/billing/v1/entry';
import { DeliverySchema, DeliveryState } from '#proto/ordering/v1/delivery';
import { OrderAction, OrderSchema, OrderState } from '#proto/ordering/v1/order';
import { balanceText } from './balanceText.ts';
import { deliveryText } from './deliveryText.ts';
import { orderText } from './orderText.ts';
import { purchaseCancelledText, purchasedText } from './purchaseText.ts';
import { amountText, distanceText, durationText, minuteText, reasonText } from './words.ts';

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

test('SHOP-3 a refused purchase says why', () => {
  const text = orderText(OrderAction.PURCHASE, OrderState.REJECTED, '감자', 'OUT_OF_STOCK');
  expect(text).toBe('Purchase of 감자 was refused: there are not enough pieces in stock');
});

test('a purchase and its cancellation, with what they cost', () => {
  const total = { currency: 'PTS', amount: '1200' };
  const order = create(OrderSchema, { offeringId: 'potato', quantity: 3n, total });
  expect(purchasedText(order, '감자')).toBe('Bought 3 × 감자 for 1,200 PTS');
  expect(purchaseCancelledText(order, '')).toBe('Purchase of 3 × potato was cancelled; given back: 1,200 PTS');
  expect(purchasedText(create(OrderSchema, { offeringId: 'episode', quantity: 1n }), '')).toBe('Bought episode');
});

test.each([
  [DeliveryState.READY, 'Delivery of 2 × 감자 is being prepared'],
  [DeliveryState.SHIPPED, 'Delivery of 2 × 감자 is on its way'],
  [DeliveryState.COMPLETED, 'Delivery of 2 × 감자 has arrived'],
  [DeliveryState.CANCELLED, 'Delivery of 2 × 감자 was cancelled'],
] as const)('a delivery in state %s in words', (state, text) => {
  expect(deliveryText(create(DeliverySchema, { state, quantity: 2n }), '감자')).toBe(text);
});

test.each([
  [BalanceCause.TOP_UP, '500', 'Topped up 500 PTS; balance 700 PTS'],
  [BalanceCause.WITHDRAWAL, '-500', 'Withdrew 500 PTS; balance 700 PTS'],
  [BalanceCause.PAYMENT, '-500', 'Paid 500 PTS; balance 700 PTS'],
  [BalanceCause.COMMIT, '-500', 'Paid 500 PTS; balance 700 PTS'],
  [BalanceCause.GRANT, '500', 'Received 500 PTS; balance 700 PTS'],
  [BalanceCause.REFUND, '500', 'Got back 500 PTS; balance 700 PTS'],
  [BalanceCause.CREDIT_EXPIRY, '-500', '500 PTS expired; balance 700 PTS'],
  [BalanceCause.FORFEITURE, '-500', 'Lost 500 PTS; balance 700 PTS'],
  [BalanceCause.REINSTATEMENT, '500', 'Got back 500 PTS; balance 700 PTS'],
  [BalanceCause.INVOICE, '500', undefined],
  [BalanceCause.CHARGE, '-500', undefined],
  [BalanceCause.CAPTURE, '500', undefined],
  [BalanceCause.CHARGE_REFUND, '500', undefined],
  [BalanceCause.PAYOUT, '-500', undefined],
] as const)('a balance moved by cause %s in words', (cause, amount, text) => {
  const money = (value: string) => ({ currency: 'PTS', amount: value });
  const entry = create(EntrySchema, { cause, amount: money(amount), balance: money('700') });
  expect(balanceText(entry)).toBe(text);
});

test('what was said about a movement is told, too', () => {
  const money = { currency: 'KRW', amount: '1000' };
  const entry = create(EntrySchema, { cause: BalanceCause.TOP_UP, amount: money, balance: money, memo: 'cash' });
  expect(balanceText(entry)).toBe('Topped up 1,000 KRW (cash); balance 1,000 KRW');
});

test.each([
  [0n, '0 m'],
  [999n, '999 m'],
  [5_000n, '5 km'],
  [5_230n, '5.23 km'],
  [12_003n, '12.003 km'],
])('%s metres in words: %s', (meters, text) => {
  expect(distanceText(meters)).toBe(text);
});

test.each([
  [0n, '0 s'],
  [59n, '59 s'],
  [1_100n, '18 min 20 s'],
  [3_900n, '1 h 5 min'],
  [90_061n, '25 h 1 min 1 s'],
])('%s seconds in words: %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});
