import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal } from '#shared/money/decimal';
import type { Adjustment } from './adjustment.ts';
import { cutIntoParts } from './batch.ts';
import type { ChargedLine } from './chargeLine.ts';
import { draftInvoice } from './draftInvoice.ts';
import { numberText } from './invoice.ts';

const charged = (subtotal: bigint, taxRate = '0.1'): ChargedLine => ({
  lineId: 'l',
  offeringId: 'o',
  serviceNumber: 's',
  usageBytes: 0n,
  pricedBy: undefined,
  charges: [],
  subtotal,
  taxable: [{ rate: taxRate, minor: subtotal }],
});
const tariff = (id: string, rate: string) => ({
  ...{ id, displayName: id, currency: 'KRW', versions: [] },
  taxRate: decimal(rate),
});
const tariffs = new Map([tariff('taxed', '0.1'), tariff('free', '0')].map((each) => [each.id, each]));
const draft = (lines: ChargedLine[], adjustments: Adjustment[] = []) =>
  draftInvoice({ accountId: 'a', part: 1, currency: 'KRW' }, lines, adjustments, tariffs);
const adjustment = (amount: bigint, tariffId = 'taxed'): Adjustment => ({
  ...{ id: '1', business: 'b', period: '2026-10', lineId: 'l', accountId: 'a', offeringId: 'o', serviceNumber: 's' },
  ...{ usageBytes: 0n, charges: amount, chargesBefore: 0n },
  lines: [{ component: 'Data', tariffId, tariffVersion: undefined, quantity: '1', metric: 'bytes', amount }],
});

describe('draftInvoice', () => {
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

describe('cutIntoParts', () => {
  const start = { account: '', part: 0, line: '' };
  const lines = (...accounts: string[]) => accounts.map((accountId) => ({ accountId }));
  const shape = (parts: { accountId: string; part: number; lines: unknown[] }[]) =>
    parts.map(({ accountId, part, lines: own }) => `${accountId}${part}:${own.length}`);

  it('leaves the last account for the next batch while more lines come', () => {
    expect(shape(cutIntoParts(lines('a', 'a', 'b'), start, true))).toEqual(['a1:2']);
    expect(shape(cutIntoParts(lines('a', 'a', 'b'), start, false))).toEqual(['a1:2', 'b1:1']);
  });

  it('cuts an account that fills the batch into parts', () => {
    expect(shape(cutIntoParts(lines('a', 'a'), start, true))).toEqual(['a1:2']);
    expect(shape(cutIntoParts(lines('a', 'b'), { account: 'a', part: 1, line: 'x' }, false))).toEqual(['a2:1', 'b1:1']);
  });

  it('IOT-8 puts every line on exactly one invoice, whatever the batch size', () => {
    const accounts = fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 12 });
    fc.assert(
      fc.property(accounts, fc.integer({ min: 1, max: 9 }), (sizes, limit) => {
        const all = sizes.flatMap((size, account) =>
          Array.from({ length: size }, (_, line) => ({ accountId: `a${account + 10}`, lineId: `l${line + 10}` })),
        );
        const seen: string[] = [];
        let cursor = start;
        for (let at = 0; at < all.length; ) {
          const parts = cutIntoParts(all.slice(at, at + limit), cursor, all.length > at + limit);
          const last = parts.at(-1);
          seen.push(...parts.map(({ accountId, part }) => `${accountId} ${part}`));
          at += parts.reduce((sum, { lines: own }) => sum + own.length, 0);
          cursor = { account: last?.accountId ?? '', part: last?.part ?? 0, line: '' };
        }
        expect(new Set(seen).size).toBe(seen.length);
        expect(new Set(seen.map((entry) => entry.split(' ')[0])).size).toBe(sizes.length);
      }),
    );
  });
});

describe('numberText', () => {
  it('IOT-10 names business and number', () => {
    expect(numberText('iot', 42n)).toBe('IOT-00000042');
  });
});
