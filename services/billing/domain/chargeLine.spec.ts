import { describe, expect, it } from 'vitest';
import { decimal, whole, zero } from '#shared/money/decimal';
import type { Component, Tariff } from '#shared/pricing/tariff';
import { chargeLine, type LineMonth } from './chargeLine.ts';
import type { Portion } from './portion.ts';
import { tariffRefusal } from './tariffUse.ts';

const november = { month: '2026-11', zone: 'Asia/Seoul' };
const at = (text: string) => new Date(`${text}:00+09:00`);
const plain = { unit: whole(1), allowance: zero, increment: undefined, timeOfDay: undefined, rounding: undefined };
const fee: Component = {
  ...plain,
  name: 'Monthly fee',
  metric: '',
  model: { kind: 'recurring', amount: decimal('9900'), proration: 'DAILY' },
};
const data: Component = {
  ...plain,
  name: 'Data',
  metric: 'bytes',
  unit: whole(1_048_576),
  allowance: whole(100 * 1_048_576),
  model: { kind: 'perUnit', unitPrice: decimal('20.5') },
};
const tariff = (...components: Component[]): Tariff => ({
  id: 'basic',
  displayName: 'Basic',
  currency: 'KRW',
  taxRate: decimal('0.1'),
  versions: [{ effectiveTime: undefined, components }],
});
const line = (init: Partial<LineMonth>): LineMonth => ({
  lineId: 'line',
  serviceNumber: '01012345678',
  usageBytes: 0n,
  totals: {},
  portions: [],
  changes: [{ action: 'ACTIVATE', effectiveTime: at('2026-01-01T00:00') }],
  activatedWith: { offeringId: 'basic', tariffId: 'basic', since: undefined },
  offerings: [],
  ...init,
});
const charge = (one: LineMonth, ...tariffs: Tariff[]) =>
  chargeLine(one, new Map(tariffs.map((each) => [each.id, each])), november);

describe('chargeLine', () => {
  it('IOT-9 charges the whole fee and the usage beyond the allowance', () => {
    const charged = charge(line({ totals: { bytes: '209715200' } }), tariff(fee, data));
    expect(
      charged.charges.map(({ description, quantity, metric, amount }) => [description, quantity, metric, amount]),
    ).toEqual([
      ['Monthly fee', '30', 'days', 9900n],
      ['Data', '209715200', 'bytes', 2050n],
    ]);
    expect(charged).toMatchObject({ subtotal: 11_950n, taxable: [{ rate: '0.1', minor: 11_950n }] });
  });

  it('IOT-9 prorates by day for a line activated, suspended and resumed inside the month', () => {
    const changes = [
      { action: 'ACTIVATE', effectiveTime: at('2026-11-03T12:00') },
      { action: 'SUSPEND', effectiveTime: at('2026-11-10T00:00') },
      { action: 'RESUME', effectiveTime: at('2026-11-20T23:59') },
      { action: 'TERMINATE', effectiveTime: at('2026-11-25T00:01') },
    ] as const;
    const [first] = charge(line({ changes }), tariff(fee)).charges;
    // 3rd to 9th, and 20th to 25th: 13 days.
    expect(first).toMatchObject({ description: 'Monthly fee (13 of 30 days)', quantity: '13', amount: 4290n });
  });

  it('has no charge for what was neither used nor owed', () => {
    const changes = [{ action: 'ACTIVATE', effectiveTime: at('2026-12-01T00:00') }] as const;
    expect(charge(line({ changes }), tariff(fee, data))).toMatchObject({ charges: [], subtotal: 0n });
  });

  it('shows usage inside the allowance, without price', () => {
    const { charges } = charge(line({ totals: { bytes: '1' } }), tariff(data));
    expect(charges).toMatchObject([{ component: 'Data', amount: 0n }]);
  });

  it('IOT-9 prices a month without portions by the version in force at its last instant', () => {
    const changed = tariff(fee);
    const dearer = { ...fee, model: { ...fee.model, amount: decimal('30000') } } as Component;
    changed.versions.push({ effectiveTime: at('2026-11-30T23:59'), components: [dearer] });
    changed.versions.push({ effectiveTime: at('2026-12-01T00:00'), components: [data] });
    expect(charge(line({}), changed)).toMatchObject({
      subtotal: 30_000n,
      charges: [{ tariffVersion: at('2026-11-30T23:59') }],
      portions: [{ tariffId: 'basic', tariffVersion: at('2026-11-30T23:59'), activeDays: 30 }],
    });
  });

  it('IOT-9 prices a month without portions by the offering that the line has at its end', () => {
    const other = { ...tariff(data), id: 'other' };
    const offerings = ['2026-11-30T23:59', '2026-12-01T00:00'].map((since, index) => ({
      offeringId: `offering ${index}`,
      tariffId: index === 0 ? 'other' : 'basic',
      since: at(since),
    }));
    const charged = charge(line({ offerings, totals: { bytes: '1048576000' } }), tariff(fee), other);
    expect(charged).toMatchObject({ offeringId: 'offering 0', charges: [{ component: 'Data', tariffId: 'other' }] });
  });

  it('IOT-9 charges each portion by its own version, with its part of the allowance, and names it', () => {
    const changed = tariff(fee, data);
    const since = at('2026-11-15T00:00');
    const cheaper = { ...data, model: { ...data.model, unitPrice: whole(10) } } as Component;
    changed.versions.push({ effectiveTime: since, components: [fee, cheaper] });
    const mebibyte = 1_048_576;
    const portion = (
      firstDay: number,
      lastDay: number,
      tariffVersion: Date | undefined,
      mebibytes: number,
    ): Portion => ({
      tariffId: 'basic',
      tariffVersion,
      offeringId: 'basic',
      firstDay,
      lastDay,
      activeDays: lastDay - firstDay + 1,
      totals: { bytes: String(mebibytes * mebibyte) },
      counted: {},
    });
    // 14 and 16 of 30 days: of the 100 free MiB 46 2/3 and 53 1/3.
    const portions = [portion(1, 14, undefined, 100), portion(15, 30, since, 100)];
    const { charges, subtotal, ...charged } = charge(line({ portions }), changed);
    expect(charges.map(({ description, amount, tariffVersion }) => [description, amount, tariffVersion])).toEqual([
      ['Monthly fee (1–14 November, 14 of 30 days)', 4620n, undefined],
      // 53 1/3 × 20.5 = 1093.33
      ['Data (1–14 November)', 1093n, undefined],
      ['Monthly fee (15–30 November, 16 of 30 days)', 5280n, since],
      // 46 2/3 × 10 = 466.67
      ['Data (15–30 November)', 467n, since],
    ]);
    expect(subtotal).toBe(4620n + 1093n + 5280n + 467n);
    expect(charged.portions).toEqual(portions);
  });

  it('charges a fee without proration once, by the portion of the last day in service', () => {
    const whole = { ...fee, model: { ...fee.model, proration: 'NONE' } } as Component;
    const portion = (firstDay: number, lastDay: number, activeDays: number): Portion => ({
      ...{ tariffId: 'basic', tariffVersion: undefined, offeringId: 'basic', totals: {}, counted: {} },
      ...{ firstDay, lastDay, activeDays },
    });
    const portions = [portion(1, 10, 10), portion(11, 20, 3), portion(21, 30, 0)];
    expect(charge(line({ portions }), tariff(whole)).charges).toMatchObject([
      { description: 'Monthly fee (11–20 November)', amount: 9900n },
    ]);
  });

  it('refuses to guess what is counted usage item by usage item', () => {
    const rounded = { ...data, increment: whole(1024) };
    expect(() => charge(line({ totals: { bytes: '1' } }), tariff(rounded))).toThrow(/item by item/);
    const counted = charge(
      line({
        portions: [
          {
            ...{
              tariffId: 'basic',
              tariffVersion: undefined,
              offeringId: 'basic',
              firstDay: 1,
              lastDay: 30,
              activeDays: 30,
            },
            totals: { bytes: '1' },
            counted: { Data: '209715200' },
          },
        ],
      }),
      tariff(rounded),
    );
    expect(counted).toMatchObject({ subtotal: 2050n, charges: [{ quantity: '209715200' }] });
  });

  it('takes no tariff that charges what usage items are worth, or that is not in force yet', () => {
    const share = { ...data, model: { kind: 'percentage', rate: decimal('0.1') } } as Component;
    expect(tariffRefusal(tariff(share), '2026-11', 'Asia/Seoul')).toBe('TARIFF_INVALID');
    expect(tariffRefusal(tariff({ ...data, increment: whole(1024) }), '2026-11', 'Asia/Seoul')).toBeUndefined();
    const later = { ...tariff(data), versions: [{ effectiveTime: at('2026-12-01T00:00'), components: [data] }] };
    expect(tariffRefusal(later, '2026-11', 'Asia/Seoul')).toBe('TARIFF_VERSION_NOT_FOUND');
  });
});
