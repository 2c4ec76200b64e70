import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ComponentAmount, componentDifferences } from './adjustment.ts';
import type { ChargedLine } from './chargeLine.ts';
import { compareMonth } from './compareMonth.ts';

const amount: fc.Arbitrary<ComponentAmount> = fc.record({
  component: fc.constantFrom('Fee', 'Data', 'Data 2', '__proto__'),
  tariffId: fc.constantFrom('basic', 'more'),
  tariffVersion: fc.constantFrom(undefined, new Date(0)),
  quantity: fc.bigInt(0n, 10n ** 20n).map(String),
  metric: fc.constantFrom('bytes', 'days'),
  amount: fc.bigInt(-(10n ** 12n), 10n ** 12n),
});
const charges = fc.array(amount, { maxLength: 8 });
const sum = (amounts: readonly ComponentAmount[]) => amounts.reduce((total, each) => total + each.amount, 0n);
const month = (parts: ComponentAmount[]): ChargedLine => ({
  ...{ lineId: 'l', offeringId: 'o', serviceNumber: 's', usageBytes: 5n, portions: [], taxable: [] },
  charges: parts.map((part) => ({ ...part, description: '', offeringId: 'o' })),
  subtotal: sum(parts),
});

describe('what a month differs by', () => {
  it('IOT-13 with what was charged before is what the month comes to, component by component', () => {
    fc.assert(
      fc.property(charges, charges, (before, now) => {
        const changes = componentDifferences(before, now).map(({ change }) => change);
        expect(sum(before) + sum(changes)).toBe(sum(now));
        expect(componentDifferences([...before, ...changes], now)).toEqual([]);
      }),
    );
  });

  it('IOT-13 is nothing the second time, however often and to whatever it was adjusted before', () => {
    fc.assert(
      fc.property(fc.array(charges, { minLength: 2, maxLength: 6 }), (months) => {
        let components: ComponentAmount[] = [];
        for (const parts of months) {
          const before = { offeringId: 'o', usageBytes: 5n, components };
          const difference = compareMonth(before, month(parts));
          components = [...components, ...(difference?.components.map(({ change }) => change) ?? [])];
          expect(compareMonth({ ...before, components }, month(parts))).toBeUndefined();
          expect(sum(components)).toBe(sum(parts));
        }
      }),
    );
  });
});
