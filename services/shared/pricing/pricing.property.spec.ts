import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activeIntervals } from '../activity/activity.ts';
import { decimal, divideExact, type Exact, whole, zero } from '../money/decimal.ts';
import { activeDays, daysInMonth, monthBounds } from '../time/month.ts';
import { priceGraduated } from './graduated.ts';
import { sumOfLines } from './priceLine.ts';
import { priceVersion } from './priceVersion.ts';
import { priceRecurring } from './recurring.ts';
import type { Component, Model, Tier, UsageItem } from './tariff.ts';
import { priceVolume } from './volume.ts';

const quantity = fc
  .tuple(fc.bigInt(0n, 10n ** 15n), fc.integer({ min: 1, max: 1000 }))
  .map(([n, d]) => divideExact(n, d));
const price = fc.nat(100_000).map((cents) => divideExact(cents, 100));
const tiers = (flat: fc.Arbitrary<Exact>): fc.Arbitrary<Tier[]> =>
  fc
    .tuple(
      fc.uniqueArray(fc.integer({ min: 1, max: 10 ** 6 }), { maxLength: 5 }),
      fc.array(fc.tuple(price, flat), { minLength: 6, maxLength: 6 }),
    )
    .map(([bounds, prices]) =>
      prices.slice(0, bounds.length + 1).map(([unitPrice, flatPrice], index) => {
        const bound = bounds.toSorted((a, b) => a - b)[index];
        return { upTo: bound === undefined ? undefined : whole(bound), unitPrice, flat: flatPrice };
      }),
    );
const component = (name: string, model: Model): Component => ({
  name,
  metric: 'bytes',
  unit: whole(1),
  allowance: zero,
  increment: undefined,
  timeOfDay: undefined,
  rounding: undefined,
  model,
});
const context = { currency: 'KRW', activeDays: 30, daysInMonth: 30, timeZone: 'Asia/Seoul' };

describe('graduated prices', () => {
  it('never fall with more usage, with flat prices too', () => {
    fc.assert(
      fc.property(tiers(price), quantity, quantity, (list, a, b) => {
        const [less, more] = a.lte(b) ? [a, b] : [b, a];
        const model = { kind: 'graduated', tiers: list } as const;
        expect(priceGraduated(model, less).amount.lte(priceGraduated(model, more).amount)).toBe(true);
      }),
    );
  });

  it('have no jump without flat prices: a little more usage costs at most its part at the highest price', () => {
    const epsilon = divideExact(1, 10n ** 9n);
    const highest = whole(1000);
    fc.assert(
      fc.property(tiers(fc.constant(zero)), quantity, (list, units) => {
        const model = { kind: 'graduated', tiers: list } as const;
        const bounds = list.flatMap(({ upTo }) => (upTo ? [upTo] : []));
        for (const at of [units, ...bounds]) {
          const rise = priceGraduated(model, at.add(epsilon)).amount.sub(priceGraduated(model, at).amount);
          expect(rise.lte(epsilon.mul(highest))).toBe(true);
        }
      }),
    );
  });

  it('charge every unit in exactly one tier', () => {
    fc.assert(
      fc.property(tiers(price), quantity, (list, units) => {
        const { steps } = priceGraduated({ kind: 'graduated', tiers: list }, units);
        expect(steps.reduce<Exact>((sum, part) => sum.add(part.quantity), zero).equals(units)).toBe(true);
      }),
    );
  });

  it('are volume prices where there is one tier', () => {
    fc.assert(
      fc.property(price, price, quantity, (unitPrice, flat, units) => {
        const list = [{ upTo: undefined, unitPrice, flat }];
        const graduated = priceGraduated({ kind: 'graduated', tiers: list }, units).amount;
        expect(graduated.equals(priceVolume({ kind: 'volume', tiers: list }, units).amount)).toBe(true);
      }),
    );
  });
});

describe('proration', () => {
  const zone = 'Asia/Seoul';
  const month = '2026-11';
  const days = daysInMonth(month);
  const start = monthBounds(month, zone).start.getTime();
  const dayMs = 86_400_000;

  it('IOT-9 the parts of a month split at midnights cost together what the whole month costs', () => {
    fc.assert(
      fc.property(price, fc.uniqueArray(fc.integer({ min: 1, max: days - 1 }), { maxLength: 6 }), (amount, cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), days];
        const parts = edges.slice(1).map((to, index) => {
          const interval = { start: new Date(start + (edges[index] ?? 0) * dayMs), end: new Date(start + to * dayMs) };
          return activeDays([interval], month, zone);
        });
        const model = { kind: 'recurring', amount, proration: 'DAILY' } as const;
        const sum = parts.reduce<Exact>((total, part) => total.add(priceRecurring(model, part, days).amount), zero);
        expect(sum.equals(amount)).toBe(true);
      }),
    );
  });

  it('never costs more than the fee, however often the line comes and goes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40 * 24), { minLength: 1, maxLength: 20 }), (hours) => {
        const changes = hours
          .toSorted((a, b) => a - b)
          .map((hour, index) => ({
            action: index % 2 === 0 ? ('RESUME' as const) : ('SUSPEND' as const),
            effectiveTime: new Date(start - 5 * dayMs + hour * 3_600_000),
          }));
        const active = activeDays(activeIntervals(changes), month, zone);
        const { amount } = priceRecurring(
          { kind: 'recurring', amount: decimal('9900'), proration: 'DAILY' },
          active,
          days,
        );
        expect(amount.gte(0) && amount.lte(9900)).toBe(true);
      }),
    );
  });
});

describe('usage', () => {
  it('IOT-7 the same records in any order and any batching cost the same', () => {
    const records = fc.array(fc.bigInt(0n, 10n ** 12n), { maxLength: 40 });
    fc.assert(
      fc.property(records, tiers(price), fc.infiniteStream(fc.nat(6)), (bytes, list, sizes) => {
        const version = {
          effectiveTime: undefined,
          components: [component('data', { kind: 'graduated', tiers: list })],
        };
        const items = bytes.map((value): UsageItem => ({ metric: 'bytes', quantity: whole(value) }));
        const batches: UsageItem[] = [];
        for (const shuffled = items.toReversed(); shuffled.length > 0; ) {
          const batch = shuffled.splice(0, (sizes.next().value ?? 0) + 1);
          const sum = batch.reduce<Exact>((total, item) => total.add(item.quantity), zero);
          batches.push({ metric: 'bytes', quantity: sum });
        }
        const amount = (usage: UsageItem[]) => priceVersion(version, usage, context)[0]?.exact;
        expect(amount(batches)?.equals(amount(items) ?? -1)).toBe(true);
      }),
    );
  });

  it('the rounded lines add up to the total, and each is at most half a unit off', () => {
    fc.assert(
      fc.property(fc.array(price, { minLength: 1, maxLength: 8 }), quantity, (prices, units) => {
        const components = prices.map((unitPrice, index) => component(`c${index}`, { kind: 'perUnit', unitPrice }));
        const lines = priceVersion(
          { effectiveTime: undefined, components },
          [{ metric: 'bytes', quantity: units }],
          context,
        );
        const sum = lines.reduce((total, { amount }) => total + amount.minor, 0n);
        expect(sumOfLines(lines, 'KRW').minor).toBe(sum);
        for (const line of lines) expect(line.exact.sub(whole(line.amount.minor)).abs().mul(2).lte(1)).toBe(true);
      }),
    );
  });
});
