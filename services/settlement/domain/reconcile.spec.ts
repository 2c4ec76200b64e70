import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BillingBook, OwnBook, RatingBook } from './books.ts';
import { reconcile } from './reconcile.ts';

const krw = { currency: 'KRW', subtotal: 1_000n, tax: 100n, total: 1_100n };

const unadjusted = { adjustmentCharges: 0n, adjustmentUsageBytes: 0n };

const own: OwnBook = {
  invoices: 2n,
  lines: 3n,
  usageBytes: 60n,
  totals: [krw],
  products: [
    { offeringId: 'a', currency: 'KRW', lines: 2n, usageBytes: 50n, charges: 700n, ...unadjusted },
    { offeringId: 'b', currency: 'KRW', lines: 1n, usageBytes: 10n, charges: 300n, ...unadjusted },
  ],
};
const rating: RatingBook = {
  lines: 3n,
  usageBytes: 60n,
  offerings: [
    { offeringId: 'b', lines: 1n, usageBytes: 10n },
    { offeringId: 'a', lines: 2n, usageBytes: 50n },
  ],
};
const billing: BillingBook = { invoices: 2n, lines: 3n, usageBytes: 60n, totals: [krw] };

describe('IOT-11 reconcile', () => {
  test('books that agree have no differences, in whatever order they list their entries', () => {
    expect(reconcile(own, rating, billing)).toEqual([]);
  });

  test('one byte too few of one offering is found, for it and in total', () => {
    const offerings = rating.offerings.map((each) => (each.offeringId === 'a' ? { ...each, usageBytes: 51n } : each));
    expect(reconcile(own, { ...rating, usageBytes: 61n, offerings }, billing)).toEqual([
      { figure: 'usageBytes', offeringId: '', source: 'rating', currency: '', expected: 61n, actual: 60n },
      { figure: 'usageBytes', offeringId: 'a', source: 'rating', currency: '', expected: 51n, actual: 50n },
    ]);
  });

  test('bytes booked on another offering are found although the totals agree', () => {
    const offerings = [
      { offeringId: 'a', lines: 2n, usageBytes: 49n },
      { offeringId: 'b', lines: 1n, usageBytes: 11n },
    ];
    const found = reconcile(own, { ...rating, offerings }, billing);
    expect(found.map(({ offeringId, expected, actual }) => [offeringId, expected, actual])).toEqual([
      ['a', 49n, 50n],
      ['b', 11n, 10n],
    ]);
  });

  test('an offering that only one book knows counts as zero in the other', () => {
    const offerings = [...rating.offerings, { offeringId: 'c', lines: 1n, usageBytes: 0n }];
    expect(reconcile(own, { ...rating, offerings }, billing)).toEqual([
      { figure: 'lines', offeringId: 'c', source: 'rating', currency: '', expected: 1n, actual: 0n },
    ]);
  });

  test('one won of tax, and an invoice too many', () => {
    const found = reconcile(own, rating, { ...billing, invoices: 1n, totals: [{ ...krw, tax: 99n, total: 1_099n }] });
    expect(found.map(({ figure, source, currency }) => [figure, source, currency])).toEqual([
      ['invoices', 'billing', ''],
      ['tax', 'billing', 'KRW'],
      ['total', 'billing', 'KRW'],
    ]);
  });

  test('entries by line that do not add up to the subtotals are found', () => {
    const products = own.products.map((each) => (each.offeringId === 'b' ? { ...each, charges: 299n } : each));
    expect(reconcile({ ...own, products }, rating, billing)).toMatchObject([
      { figure: 'charges', source: 'billing', currency: 'KRW', expected: 1_000n, actual: 999n },
    ]);
  });

  test('currencies are never added to one another', () => {
    const usd = { currency: 'USD', subtotal: 1_000n, tax: 100n, total: 1_100n };
    const found = reconcile(own, rating, { ...billing, totals: [usd] });
    expect(found.filter(({ figure }) => figure === 'subtotal').map(({ currency }) => currency)).toEqual(['KRW', 'USD']);
  });

  test('any single change of any figure is found', () => {
    const change = fc.bigInt({ min: 1n, max: 10n ** 30n });
    const pick = fc.constantFrom('lines', 'usageBytes', 'invoices', 'subtotal', 'tax', 'total');
    fc.assert(
      fc.property(pick, change, (figure, by) => {
        const changed =
          figure === 'lines' || figure === 'usageBytes' || figure === 'invoices'
            ? { ...billing, [figure]: billing[figure] + by }
            : { ...billing, totals: [{ ...krw, [figure]: krw[figure as 'subtotal' | 'tax' | 'total'] + by }] };
        expect(reconcile(own, rating, changed).some((difference) => difference.figure === figure)).toBe(true);
      }),
    );
  });
});
