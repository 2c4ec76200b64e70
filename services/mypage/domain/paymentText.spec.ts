import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { PaymentSchema } from '#proto/billing/v1/payment';
import { MoneySchema } from '#proto/common/v1/money';
import { paymentCapturedText, paymentFailedText, paymentRefundedText } from './paymentText.ts';

const won = (amount: string) => create(MoneySchema, { currency: 'KRW', amount });
const payment = (more: object) => create(PaymentSchema, { amount: won('9800'), memo: '스탠다드', ...more });

test('what a payment method paid, did not pay and got back, in words', () => {
  expect(paymentCapturedText(payment({}))).toBe('Paid 9,800 KRW by payment method (스탠다드)');
  expect(paymentCapturedText(payment({ memo: '' }))).toBe('Paid 9,800 KRW by payment method');
  expect(paymentFailedText(payment({ stateReason: 'PAYMENT_DECLINED' }))).toBe(
    'Payment of 9,800 KRW (스탠다드) failed: it was declined',
  );
  expect(paymentRefundedText(payment({ refunded: won('3000') }), won('3000'))).toBe(
    'Got back 3,000 KRW of the payment of 9,800 KRW (스탠다드)',
  );
  expect(paymentRefundedText(payment({ refunded: won('9800') }), won('6800'))).toBe(
    'Got back 6,800 KRW of the payment of 9,800 KRW (스탠다드); 9,800 KRW in all',
  );
});
