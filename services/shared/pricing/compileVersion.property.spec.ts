import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal, whole } from '../money/decimal.ts';
import { compileVersion } from './compileVersion.ts';
import { priceMonth } from './priceMonth.ts';
import type { Component, Model, Tariff, Tier } from './tariff.ts';

const decimals = (most: number) =>
  fc
    .tuple(fc.nat(most), fc.nat(999), fc.integer({ min: 0, max: 3 }))
    .map(([integer, part, digits]) => decimal(`${integer}.${String(part).padStart(3, '0').slice(0, digits) || '0'}`));
const price = decimals(2_000);
const above = decimals(500).map((value) => value.add(decimal('0.125')));
const tiers: fc.Arbitrary<Tier[]> = fc
  .tuple(
    fc.uniqueArray(above, { maxLength: 4, comparator: (a, b) => a.equals(b) }),
    fc.array(fc.tuple(price, price), { minLength: 5, maxLength: 5 }),
  )
  .map(([bounds, prices]) => {
    const sorted = bounds.toSorted((a, b) => a.compare(b));
    return prices
      .slice(0, bounds.length + 1)
      .map(([unitPrice, flat], index) => ({ upTo: sorted[index], unitPrice, flat }));
  });
const model: fc.Arbitrary<Model> = fc.oneof(
  fc.record({
    kind: fc.constant('recurring' as const),
    amount: price,
    proration: fc.constantFrom('DAILY' as const, 'NONE' as const),
  }),
  fc.record({ kind: fc.constant('perUnit' as const), unitPrice: price }),
  fc.record({ kind: fc.constant('graduated' as const), tiers }),
  fc.record({ kind: fc.constant('volume' as const), tiers }),
  fc.record({
    kind: fc.constant('package' as const),
    size: above,
    price,
    partial: fc.constantFrom('UP' as const, 'PRORATED' as const),
  }),
  fc.record({ kind: fc.constantFrom('minimum' as const, 'maximum' as const), amount: decimals(50_000) }),
);
const component: fc.Arbitrary<Component> = fc.record({
  name: fc.constant(''),
  metric: fc.constantFrom('bytes', 'events'),
  unit: fc.constantFrom(whole(1), whole(1_048_576), decimal('1.5')),
  allowance: fc.constantFrom(whole(0), whole(104_857_600), decimal('0.3')),
  increment: fc.constant(undefined),
  timeOfDay: fc.constant(undefined),
  rounding: fc.option(
    fc.record({
      mode: fc.constantFrom('HALF_UP' as const, 'HALF_EVEN' as const, 'UP' as const, 'DOWN' as const),
      decimals: fc.integer({ min: 0, max: 4 }),
    }),
    { nil: undefined },
  ),
  model,
});
const quantity = fc.oneof(fc.bigInt(0n, 600n), fc.bigInt(0n, 2n ** 31n), fc.bigInt(0n, 10n ** 24n));

describe('a compiled version', () => {
  it('IOT-9 charges every line what the pricers charge, to the last minor unit', () => {
    fc.assert(
      fc.property(
        fc.array(component, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('KRW', 'USD', 'KWD'),
        fc.constantFrom(28, 30, 31),
        fc.array(fc.record({ bytes: quantity, events: quantity, days: fc.nat(28) }), { minLength: 1, maxLength: 6 }),
        (list, currency, daysInMonth, months) => {
          const components = list.map((each, index) => ({ ...each, name: `component ${index}` }));
          const version = { effectiveTime: undefined, components };
          const tariff: Tariff = { id: 't', displayName: '', currency, taxRate: whole(0), versions: [version] };
          const compiled = compileVersion(version, currency, daysInMonth);
          const amounts: bigint[] = [];
          for (const { bytes, events, days } of months) {
            compiled?.price(
              components.map(({ metric }) => (metric === 'bytes' ? bytes : events)),
              days,
              amounts,
            );
            const totals = new Map([
              ['bytes', whole(bytes)],
              ['events', whole(events)],
            ]);
            const portion = { tariff, version, offeringId: '', firstDay: 1, lastDay: daysInMonth, activeDays: days };
            const [priced] = priceMonth([{ ...portion, totals, counted: new Map() }], daysInMonth);
            const expected = components.map(
              (each) => priced?.lines.find((line) => line.component === each)?.amount.minor ?? 0n,
            );
            expect(amounts).toEqual(expected);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is not made of a version that charges single items by their amounts', () => {
    const items = {
      kind: 'percentage' as const,
      rate: decimal('0.01'),
      fixed: whole(0),
      freeEvents: undefined,
      freeAmount: undefined,
      minimum: undefined,
      maximum: undefined,
    };
    const [one] = fc.sample(component, 1);
    const version = { effectiveTime: undefined, components: one ? [{ ...one, model: items }] : [] };
    expect(compileVersion(version, 'KRW', 30)).toBeUndefined();
  });
});
