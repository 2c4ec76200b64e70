import { describe, expect, it } from 'vitest';
import { decimal, divideExact, exactText, whole, zero } from '../money/decimal.ts';
import { scaleVersion } from './scaleVersion.ts';
import type { Component, Model } from './tariff.ts';

const component = (model: Model, more: Partial<Component> = {}): Component => ({
  name: 'data',
  metric: 'bytes',
  unit: whole(1),
  allowance: zero,
  increment: undefined,
  timeOfDay: undefined,
  rounding: undefined,
  model,
  ...more,
});
const scaled = (one: Component, days: number, of: number): Component | undefined =>
  scaleVersion({ effectiveTime: undefined, components: [one] }, divideExact(days, of)).components[0];

describe('IOT-9 a version cut to a share of the month', () => {
  it('grants its allowance in proportion to the days', () => {
    const data = component({ kind: 'perUnit', unitPrice: decimal('2') }, { allowance: whole(3000), unit: whole(10) });
    const cut = scaled(data, 14, 30);
    expect(cut && exactText(cut.allowance)).toBe('1400');
    expect(cut).toEqual({ ...data, allowance: whole(1400) });
  });

  it('moves the bounds of tiers and charges their part of the flat prices, at the same unit prices', () => {
    const tiers = [
      { upTo: whole(10), unitPrice: whole(5), flat: whole(100) },
      { upTo: undefined, unitPrice: whole(3), flat: whole(50) },
    ];
    for (const kind of ['graduated', 'volume'] as const) {
      const model = scaled(component({ kind, tiers }), 7, 28)?.model;
      if (model?.kind !== kind) throw new Error('unreachable');
      const texts = model.tiers.map(({ upTo, unitPrice, flat }) => [
        upTo && exactText(upTo),
        unitPrice,
        exactText(flat),
      ]);
      expect(texts).toEqual([
        ['2.5', whole(5), '25'],
        [undefined, whole(3), '12.5'],
      ]);
    }
  });

  it('scales minimum and maximum, and no fee, price of a unit, or package', () => {
    expect(scaled(component({ kind: 'maximum', amount: whole(9000) }), 10, 30)?.model).toEqual({
      kind: 'maximum',
      amount: whole(3000),
    });
    const kept: Model[] = [
      { kind: 'recurring', amount: whole(9900), proration: 'DAILY' },
      { kind: 'perUnit', unitPrice: whole(2) },
      { kind: 'package', size: whole(100), price: whole(30), partial: 'UP' },
    ];
    for (const model of kept) expect(scaled(component(model), 10, 30)?.model).toEqual(model);
  });

  it('keeps thirds exact: three tenths of a month grant together what one whole does', () => {
    const data = component({ kind: 'perUnit', unitPrice: whole(1) }, { allowance: whole(100) });
    const third = scaled(data, 1, 3)?.allowance ?? zero;
    expect(third.add(third).add(third).equals(100)).toBe(true);
  });

  it('is the version itself for the whole month', () => {
    const version = { effectiveTime: undefined, components: [component({ kind: 'minimum', amount: whole(1) })] };
    expect(scaleVersion(version, whole(1))).toBe(version);
  });
});
