import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TariffSchema } from '#proto/rating/v1/tariff';
import { divideExact, type Exact, roundTo, whole, zero } from '../money/decimal.ts';
import { countItem } from './countItem.ts';
import { tariffFromProto } from './fromProto.ts';
import { countsItems } from './needsItems.ts';
import { type PriceLine, sumOfLines } from './priceLine.ts';
import { type MonthPortion, priceMonth } from './priceMonth.ts';
import { priceVersion } from './priceVersion.ts';
import { roundComponent } from './rounding.ts';
import type { Component, Tariff } from './tariff.ts';
import { randomComponents } from './testing/randomTariff.ts';

const days = 30;
const tariffs = fc
  .tuple(randomComponents, fc.constantFrom('KRW', 'USD'))
  .map(([components, currency]) =>
    tariffFromProto(create(TariffSchema, { id: 't', displayName: 'T', currency, versions: [{ components }] })),
  );

/** Portions of one version that begin at the given days, with so much used of every metric and by every component in each. */
function portionsOf(tariff: Tariff, starts: readonly number[], used: readonly number[]): MonthPortion[] {
  const [version] = tariff.versions;
  if (!version) throw new Error('unreachable');
  return starts.map((firstDay, index) => {
    const lastDay = (starts[index + 1] ?? days + 1) - 1;
    const quantity = whole(used[index] ?? 0);
    return {
      ...{ tariff, version, offeringId: 'o', firstDay, lastDay, activeDays: lastDay - firstDay + 1 },
      totals: new Map([
        ['bytes', quantity],
        ['events', quantity],
      ]),
      counted: new Map(version.components.filter(countsItems).map(({ name }) => [name, quantity])),
    };
  });
}

const cuts = fc
  .uniqueArray(fc.integer({ min: 2, max: days }), { maxLength: 3 })
  .map((later) => [1, ...later.toSorted((a, b) => a - b)]);
const usage = fc.array(fc.nat(100_000), { minLength: 4, maxLength: 4 });
const boundOf = (lines: readonly PriceLine[], kind: 'minimum' | 'maximum') =>
  lines.find(({ component }) => component.model.kind === kind);

describe('a line’s month in portions', () => {
  it('IOT-9 the rounded lines of a portion stay inside its rounded bounds, to the last unit', () => {
    fc.assert(
      fc.property(tariffs, cuts, usage, (tariff, starts, used) => {
        const decimals = tariff.currency === 'USD' ? 2 : 0;
        for (const { portion, lines } of priceMonth(portionsOf(tariff, starts, used), days)) {
          const sum = sumOfLines(lines, tariff.currency).minor;
          const share = divideExact(portion.lastDay - portion.firstDay + 1, days);
          for (const { model, rounding } of portion.version.components) {
            if ((model.kind !== 'minimum' && model.kind !== 'maximum') || rounding) continue;
            const limit = roundTo(model.amount.mul(share), decimals, 'HALF_UP');
            expect(model.kind === 'minimum' ? sum >= limit : sum <= limit).toBe(true);
          }
        }
      }),
    );
  });

  it('IOT-9 only a bound’s line is rounded to anything else than its own exact amount', () => {
    fc.assert(
      fc.property(tariffs, cuts, usage, (tariff, starts, used) => {
        for (const { lines } of priceMonth(portionsOf(tariff, starts, used), days)) {
          const others = lines.filter(
            (line) => line !== boundOf(lines, 'minimum') && line !== boundOf(lines, 'maximum'),
          );
          for (const line of others) {
            const steps = line.steps.reduce<Exact>((sum, { amount }) => sum.add(amount), zero);
            expect(roundComponent(steps, line.component.rounding).equals(line.exact)).toBe(true);
            expect(line.amount.minor).toBe(roundTo(line.exact, tariff.currency === 'USD' ? 2 : 0, 'HALF_UP'));
          }
        }
      }),
    );
  });

  it('IOT-9 cut into stretches of one version, fees, allowances and bounds add up to those of the month', () => {
    fc.assert(
      fc.property(tariffs, cuts, (tariff, starts) => {
        const whole = exactSums(priceMonth(portionsOf(tariff, [1], [0]), days)[0]?.lines ?? []);
        const sums = new Map<string, Exact>();
        for (const { lines } of priceMonth(portionsOf(tariff, starts, [0, 0, 0, 0]), days)) {
          for (const [name, amount] of exactSums(lines)) sums.set(name, (sums.get(name) ?? zero).add(amount));
        }
        // Without usage all there is are fees and first flat prices; what is rounded by itself rounds differently in parts.
        for (const { name, rounding, model } of tariff.versions[0]?.components ?? []) {
          if (rounding || model.kind === 'minimum' || model.kind === 'maximum') continue;
          expect((sums.get(name) ?? zero).equals(whole.get(name) ?? zero)).toBe(true);
        }
      }),
    );
  });

  it('IOT-9 in one portion, handed over as totals and counted quantities, costs what its usage items cost', () => {
    fc.assert(
      fc.property(tariffs, fc.array(fc.nat(10_000), { maxLength: 10 }), fc.nat(days), (tariff, quantities, active) => {
        const items = quantities.flatMap((quantity) =>
          ['bytes', 'events'].map((metric) => ({ metric, quantity: whole(quantity) })),
        );
        const [portion] = portionsOf(tariff, [1], [quantities.reduce((sum, each) => sum + each, 0)]);
        if (!portion) throw new Error('unreachable');
        const countAll = (component: Component) =>
          items.reduce<Exact>((sum, item) => sum.add(countItem(component, item, 'UTC')), zero);
        const counted = new Map(
          portion.version.components.filter(countsItems).map((each) => [each.name, countAll(each)]),
        );
        const [priced] = priceMonth([{ ...portion, activeDays: active, counted }], days);
        const context = { currency: tariff.currency, activeDays: active, daysInMonth: days, timeZone: 'UTC' };
        expect(priced?.lines).toEqual(priceVersion(portion.version, items, context));
      }),
    );
  });

  it('gives nothing away where a counted quantity is missing', () => {
    const components = [
      {
        name: 'data',
        metric: 'bytes',
        increment: '64',
        model: { case: 'perUnit', value: { unitPrice: '1' } },
      } as const,
    ];
    const tariff = tariffFromProto(
      create(TariffSchema, { id: 't', displayName: 'T', currency: 'KRW', versions: [{ components }] }),
    );
    const price = (used: number) =>
      priceMonth(
        portionsOf(tariff, [1], [used]).map((portion) => ({ ...portion, counted: new Map() })),
        days,
      );
    expect(() => price(1)).toThrow(/data is counted item by item/);
    expect(price(0)[0]?.lines[0]?.amount.minor).toBe(0n);
  });
});

function exactSums(lines: readonly PriceLine[]): Map<string, Exact> {
  return new Map(lines.map(({ component, exact }) => [component.name, exact]));
}
