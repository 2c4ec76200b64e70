import type { BillingBook, OwnBook, RatingBook, Totals } from './books.ts';

/** A figure on which settlement's own book and another one disagree. */
export interface Difference {
  figure: 'lines' | 'usageBytes' | 'invoices' | 'subtotal' | 'tax' | 'total' | 'charges';
  /** The offering it is about; empty for the whole business. */
  offeringId: string;
  source: 'rating' | 'billing';
  /** The currency of an amount; empty for a count. */
  currency: string;
  /** What the other book says; an amount is in minor units. */
  expected: bigint;
  /** What settlement counted from the invoices. */
  actual: bigint;
}

/**
 * Every figure on which the three books disagree, in a fixed order; empty when they agree to the last unit.
 * What a book does not name counts as zero, so an offering or a currency that only one side knows is found.
 */
export function reconcile(own: OwnBook, rating: RatingBook, billing: BillingBook): Difference[] {
  return [...withRating(own, rating), ...withBilling(own, billing)].filter(
    ({ expected, actual }) => expected !== actual,
  );
}

function* withRating(own: OwnBook, rating: RatingBook): Generator<Difference> {
  const compare = (figure: Difference['figure'], offeringId: string, expected: bigint, actual: bigint): Difference => ({
    figure,
    offeringId,
    source: 'rating',
    currency: '',
    expected,
    actual,
  });
  yield compare('lines', '', rating.lines, own.lines);
  yield compare('usageBytes', '', rating.usageBytes, own.usageBytes);
  const handedOver = sumByOffering(rating.offerings);
  const charged = sumByOffering(own.products);
  for (const offeringId of sortedUnion(handedOver.keys(), charged.keys())) {
    const expected = handedOver.get(offeringId) ?? nothing;
    const actual = charged.get(offeringId) ?? nothing;
    yield compare('lines', offeringId, expected.lines, actual.lines);
    yield compare('usageBytes', offeringId, expected.usageBytes, actual.usageBytes);
  }
}

function* withBilling(own: OwnBook, billing: BillingBook): Generator<Difference> {
  const compare = (figure: Difference['figure'], currency: string, expected: bigint, actual: bigint): Difference => ({
    figure,
    offeringId: '',
    source: 'billing',
    currency,
    expected,
    actual,
  });
  yield compare('invoices', '', billing.invoices, own.invoices);
  yield compare('lines', '', billing.lines, own.lines);
  yield compare('usageBytes', '', billing.usageBytes, own.usageBytes);
  const invoiced = sumByCurrency(billing.totals);
  const received = sumByCurrency(own.totals);
  const charged = new Map<string, bigint>();
  for (const { currency, charges } of own.products) charged.set(currency, (charged.get(currency) ?? 0n) + charges);
  for (const currency of sortedUnion(invoiced.keys(), received.keys(), charged.keys())) {
    const expected = invoiced.get(currency) ?? zero;
    const actual = received.get(currency) ?? zero;
    yield compare('subtotal', currency, expected.subtotal, actual.subtotal);
    yield compare('tax', currency, expected.tax, actual.tax);
    yield compare('total', currency, expected.total, actual.total);
    // The sums by product come from the invoices' entries by line, the subtotals from their heads.
    yield compare('charges', currency, expected.subtotal, charged.get(currency) ?? 0n);
  }
}

const nothing = { lines: 0n, usageBytes: 0n };
const zero = { subtotal: 0n, tax: 0n, total: 0n };

function sumByOffering(entries: readonly { offeringId: string; lines: bigint; usageBytes: bigint }[]) {
  const sums = new Map<string, { lines: bigint; usageBytes: bigint }>();
  for (const { offeringId, lines, usageBytes } of entries) {
    const sum = sums.get(offeringId) ?? nothing;
    sums.set(offeringId, { lines: sum.lines + lines, usageBytes: sum.usageBytes + usageBytes });
  }
  return sums;
}

function sumByCurrency(entries: readonly Totals[]) {
  const sums = new Map<string, { subtotal: bigint; tax: bigint; total: bigint }>();
  for (const { currency, subtotal, tax, total } of entries) {
    const sum = sums.get(currency) ?? zero;
    sums.set(currency, { subtotal: sum.subtotal + subtotal, tax: sum.tax + tax, total: sum.total + total });
  }
  return sums;
}

function sortedUnion(...keys: Iterable<string>[]): string[] {
  return [...new Set(keys.flatMap((some) => [...some]))].sort();
}
