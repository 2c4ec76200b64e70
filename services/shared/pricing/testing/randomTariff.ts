import type { MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import type { ComponentSchema } from '#proto/rating/v1/tariff';
import { PartialPackage, Proration, RoundingMode } from '#proto/rating/v1/tariff';

type ComponentInit = Omit<MessageInitShape<typeof ComponentSchema>, '$typeName'>;

const decimalUpTo = (most: number) =>
  fc.tuple(fc.nat(most), fc.nat(999), fc.nat(3)).map(([whole, part, digits]) => {
    return digits === 0 ? String(whole) : `${whole}.${String(part).padStart(3, '0').slice(0, digits)}`;
  });

const tiers = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 2_000 }), { maxLength: 4 }),
    fc.array(fc.record({ unitPrice: decimalUpTo(50), flat: decimalUpTo(300) }), { minLength: 5, maxLength: 5 }),
  )
  .map(([bounds, prices]) => {
    const sorted = bounds.toSorted((a, b) => a - b);
    return {
      tiers: prices.slice(0, sorted.length + 1).map((price, at) => ({ ...price, upTo: String(sorted[at] ?? '') })),
    };
  });

const model: fc.Arbitrary<NonNullable<ComponentInit['model']>> = fc.oneof(
  fc
    .record({ amount: decimalUpTo(20_000), proration: fc.constantFrom(Proration.DAILY, Proration.NONE) })
    .map((value) => ({ case: 'recurring' as const, value })),
  fc.record({ unitPrice: decimalUpTo(50) }).map((value) => ({ case: 'perUnit' as const, value })),
  tiers.map((value) => ({ case: 'graduated' as const, value })),
  tiers.map((value) => ({ case: 'volume' as const, value })),
  fc
    .record({
      size: fc.constantFrom('10', '7', '0.3'),
      price: decimalUpTo(300),
      partial: fc.constantFrom(PartialPackage.UP, PartialPackage.PRORATED),
    })
    .map((value) => ({ case: 'package' as const, value })),
);

const usageTerms = fc.record({
  metric: fc.constantFrom('bytes', 'events'),
  unit: fc.constantFrom('', '1024', '7', '0.5'),
  allowance: fc.oneof(fc.constant(''), decimalUpTo(5_000)),
  increment: fc.constantFrom('', '', '64'),
});

const rounding = fc.option(
  fc.record({
    mode: fc.constantFrom(RoundingMode.HALF_UP, RoundingMode.HALF_EVEN, RoundingMode.UP, RoundingMode.DOWN),
    decimals: fc.nat(3),
  }),
  { nil: undefined },
);

const bounds = fc.tuple(
  fc.constantFrom('none', 'minimum', 'maximum', 'both'),
  fc.nat(20_000),
  fc.nat(20_000),
  fc.constantFrom('', '.4', '.5'),
);

/** Components of a version that a line's month can be priced by: every model but percentage, and bounds over them. */
export const randomComponents: fc.Arbitrary<ComponentInit[]> = fc
  .tuple(fc.array(fc.tuple(model, usageTerms, rounding), { minLength: 1, maxLength: 4 }), bounds)
  .map(([priced, [bound, low, more, part]]) => {
    const components = priced.map(([priceModel, terms, own], index): ComponentInit => {
      const name = `component ${index}`;
      const rounded = own ? { rounding: own } : {};
      return { name, ...(priceModel.case === 'recurring' ? {} : terms), ...rounded, model: priceModel };
    });
    if (bound === 'minimum' || bound === 'both') {
      components.push({ name: 'minimum', model: { case: 'minimum', value: { amount: `${low}${part}` } } });
    }
    if (bound === 'maximum' || bound === 'both') {
      components.unshift({ name: 'maximum', model: { case: 'maximum', value: { amount: `${low + more}${part}` } } });
    }
    return components;
  });
