import { describe, expect, it } from 'vitest';
import { decimal } from '#shared/money/decimal';
import type { Adjustment } from '../domain/adjustment.ts';
import type { ChargedLine } from '../domain/chargeLine.ts';
import { numberText } from '../domain/invoice.ts';
import { AccountDraft } from './accountDraft.ts';
import { adjustDraft } from './adjustDraft.ts';

const charged = (subtotal: bigint, taxRate = '0.1'): ChargedLine => ({
  lineId: 'l',
  offeringId: 'o',
  serviceNumber: 's',
  usageBytes: 0n,
  portions: [],
  charges: [],
  subtotal,
  taxable: [{ rate: taxRate, minor: subtotal }],
});
const tariff = (id: string, rate: string) => ({
  ...{ id, displayName: id, currency: 'KRW', versions: [] },
  taxRate: decimal(rate),
});
const tariffs = new Map([tariff('taxed', '0.1'), tariff('free', '0')].map((each) => [each.id, each]));
const draft = (lines: ChargedLine[], adjustments: Adjustment[] = []) => {
  const made = Object.assign(new AccountDraft('a'), { currency: 'KRW' });
  for (const line of lines) made.addCharged(line, new Uint8Array());
  adjustDraft(made, adjustments, tariffs);
  const { subtotal } = made;
  return { subtotal, tax: made.tax(), total: subtotal + made.tax() };
};
const adjustment = (amount: bigint, tariffId = 'taxed'): Adjustment => ({
  ...{ id: '1', business: 'b', period: '2026-10', lineId: 'l', accountId: 'a', offeringId: 'o', serviceNumber: 's' },
  ...{ usageBytes: 0n, charges: amount, chargesBefore: 0n },
  lines: [{ component: 'Data', tariffId, tariffVersion: undefined, quantity: '1', metric: 'bytes', amount }],
});

describe('an invoice in the making', () => {
  it('IOT-9 rounds the tax once per rate, on the sum', () => {
    // 4 + 4 = 8 won at 10 % are 0.8, so 1; each line by itself would have given 0.
    expect(draft([charged(4n), charged(4n)])).toMatchObject({ subtotal: 8n, tax: 1n, total: 9n });
    expect(draft([charged(5n), charged(5n, '0.1000001')]).tax).toBe(2n);
    expect(draft([charged(100n, '0')]).tax).toBe(0n);
  });

  it('IOT-13 taxes what earlier months differ by with the month, at the rate of their tariff, and may come out below zero', () => {
    expect(draft([charged(4n)], [adjustment(4n)])).toMatchObject({ subtotal: 8n, tax: 1n, total: 9n });
    expect(draft([charged(100n)], [adjustment(-95n)])).toMatchObject({ subtotal: 5n, tax: 1n, total: 6n });
    expect(draft([charged(100n)], [adjustment(-205n)])).toMatchObject({ subtotal: -105n, tax: -11n, total: -116n });
    expect(draft([], [adjustment(-5n), adjustment(-1000n, 'free')])).toMatchObject({ subtotal: -1005n, tax: -1n });
  });
});

describe('numberText', () => {
  it('IOT-10 names business and number', () => {
    expect(numberText('iot', 42n)).toBe('IOT-00000042');
  });
});
