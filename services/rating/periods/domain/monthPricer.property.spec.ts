import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TariffSchema } from '#proto/rating/v1/tariff';
import { whole } from '#shared/money/decimal';
import { tariffFromProto } from '#shared/pricing/fromProto';
import { countsItems } from '#shared/pricing/needsItems';
import { randomComponents } from '#shared/pricing/testing/randomTariff';
import type { Portion } from './lineMonth.ts';
import { MonthPricer } from './monthPricer.ts';
import { priceLine } from './priceLine.ts';

const days = 30;
const tariffs = fc.array(
  fc
    .tuple(randomComponents, fc.constantFrom('KRW', 'USD'))
    .map(([components, currency]) =>
      tariffFromProto(create(TariffSchema, { id: 't', displayName: 'T', currency, versions: [{ components }] })),
    ),
  { minLength: 1, maxLength: 3 },
);
const usage = fc.record({
  tariff: fc.nat(2),
  /** First days of the portions behind the first one. */
  cuts: fc.oneof(fc.constant([]), fc.constant([]), fc.uniqueArray(fc.integer({ min: 2, max: days }), { maxLength: 2 })),
  bytes: fc.bigInt(0n, 10n ** 20n),
  events: fc.bigInt(0n, 10_000n),
  activeDays: fc.nat(days),
});

it('IOT-9 the amount of a line’s month is that of its charges, however it is found', () => {
  fc.assert(
    fc.property(tariffs, fc.array(usage, { minLength: 1, maxLength: 8 }), (list, months) => {
      const pricer = new MonthPricer(days);
      for (const { tariff: at, cuts, bytes, events, activeDays } of months) {
        const tariff = list[at % list.length];
        const version = tariff?.versions[0];
        if (!tariff || !version) throw new Error('unreachable');
        const starts = [1, ...cuts.toSorted((a, b) => a - b)];
        const portions = starts.map((firstDay, index): Portion => {
          const lastDay = (starts[index + 1] ?? days + 1) - 1;
          const counted = new Map(version.components.filter(countsItems).map(({ name }) => [name, whole(bytes)]));
          return { tariff, version, offeringId: 'o', firstDay, lastDay, activeDays, bytes, events, counted };
        });
        expect(pricer.amountOf({ portions })).toEqual(priceLine({ portions }, days).amount);
      }
    }),
    { numRuns: 300 },
  );
});
