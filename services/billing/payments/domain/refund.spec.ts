import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CapturedPayment, FailedPayment } from './payment.ts';
import { refundable, taxOfRefund } from './refund.ts';

function captured(minor: bigint, tax = 0n, refunded = 0n): CapturedPayment {
  return {
    ...{ id: 'p', key: 'k', contentHash: Buffer.alloc(0), customerId: 'c', memo: '', accountId: 'a' },
    ...{ method: { id: 'm', providerMethodId: 'pm' }, providerPaymentId: 'pay', state: 'CAPTURED' },
    ...{ amount: { currency: 'KRW', minor }, tax, refunded, createTime: new Date(0), endTime: new Date(0) },
  };
}

describe('refunds', () => {
  it('TAXI-4 have together exactly the tax of the payment, and none of them more than itself', () => {
    const parts = fc.array(fc.bigInt(1n, 10n ** 9n), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(parts, fc.nat(100), (all, percent) => {
        const whole = all.reduce((sum, part) => sum + part, 0n);
        const tax = (whole * BigInt(percent)) / 100n;
        let [refunded, given] = [0n, 0n];
        for (const part of all) {
          const one = taxOfRefund(captured(whole, tax, refunded), part);
          expect(one >= 0n && one <= part).toBe(true);
          given += one;
          refunded += part;
        }
        expect(given).toBe(tax);
      }),
    );
  });

  it('TAXI-4 give back what is asked for, or all that is left and not under way', () => {
    const won = (minor: bigint) => ({ currency: 'KRW', minor });
    expect(refundable(captured(100n, 0n, 30n), 20n, undefined)).toBe(50n);
    expect(refundable(captured(100n, 0n, 30n), 20n, won(50n))).toBe(50n);
    for (const asked of [won(51n), won(100n)]) {
      expect(() => refundable(captured(100n, 0n, 30n), 20n, asked)).toThrow(/50 KRW/);
    }
    expect(() => refundable(captured(100n, 0n, 100n), 0n, undefined)).toThrow(/0 KRW/);
    expect(() => refundable(captured(100n), 0n, { currency: 'USD', minor: 1n })).toThrow(/KRW, not in USD/);
    const failed = {
      ...captured(100n),
      state: 'FAILED',
      reason: 'PAYMENT_DECLINED',
      declineCode: 'x',
    } as FailedPayment;
    expect(() => refundable(failed, 0n, undefined)).toThrow(/FAILED/);
  });
});
