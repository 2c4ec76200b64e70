import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { type ComponentSchema, DayOfWeek, PartialPackage, RoundingMode, TariffSchema } from '#proto/rating/v1/tariff';
import { decimal, exactText } from '../money/decimal.ts';
import { tariffFromProto } from './fromProto.ts';
import { sumOfLines } from './priceLine.ts';
import { priceVersion } from './priceVersion.ts';
import type { UsageItem } from './tariff.ts';

// The numbers of this file were worked out by hand, apart from the code.

type ComponentInit = Omit<MessageInitShape<typeof ComponentSchema>, '$typeName'>;

function lines(components: ComponentInit[], usage: UsageItem[], currency = 'KRW') {
  const named = components.map((component, index) => ({ name: `c${index}`, ...component }));
  const tariff = create(TariffSchema, { id: 't', displayName: 'T', currency, versions: [{ components: named }] });
  const [version] = tariffFromProto(tariff).versions;
  if (!version) throw new Error('unreachable');
  return priceVersion(version, usage, { currency, activeDays: 1, daysInMonth: 1, timeZone: 'Asia/Seoul' });
}

const exact = (...args: Parameters<typeof lines>) => lines(...args).map((line) => exactText(line.exact));
const minor = (...args: Parameters<typeof lines>) => lines(...args).map((line) => line.amount.minor);
const total = (components: ComponentInit[], usage: UsageItem[], currency = 'KRW') =>
  sumOfLines(lines(components, usage, currency), currency).minor;
const used = (metric: string, quantity: string, more: Partial<UsageItem> = {}): UsageItem => ({
  metric,
  quantity: decimal(quantity),
  ...more,
});
const perUnit = (unitPrice: string, more: ComponentInit = {}): ComponentInit => ({
  metric: 'units',
  model: { case: 'perUnit', value: { unitPrice } },
  ...more,
});
const bound = (kind: 'minimum' | 'maximum', amount: string, more: ComponentInit = {}): ComponentInit => ({
  model: { case: kind, value: { amount } },
  ...more,
});

describe('allowance and increment', () => {
  it('IOT-9 the allowance goes off before tiers and packages, in the metric and not in units', () => {
    const tiers = [{ upTo: '2', unitPrice: '10' }, { unitPrice: '1' }];
    const graduated: ComponentInit = {
      ...{ metric: 'bytes', unit: '1000', allowance: '500' },
      model: { case: 'graduated', value: { tiers } },
    };
    // 3,500 - 500 = 3 units: two at 10, one at 1.
    expect(exact([graduated], [used('bytes', '3500')])).toEqual(['21']);
    const packages: ComponentInit = {
      ...{ metric: 'bytes', unit: '1000', allowance: '500' },
      model: { case: 'package', value: { size: '2', price: '7', partial: PartialPackage.UP } },
    };
    expect(exact([packages], [used('bytes', '500')])).toEqual(['0']);
    expect(exact([packages], [used('bytes', '500.001')])).toEqual(['7']);
    expect(exact([packages], [used('bytes', '4500')])).toEqual(['14']);
    expect(exact([packages], [used('bytes', '4501')])).toEqual(['21']);
  });

  it('IOT-9 each item is rounded up by itself, before the allowance, the unit and the window', () => {
    const calls = perUnit('6', { metric: 'seconds', unit: '60', allowance: '60', increment: '30' });
    // 31 → 60, 1 → 30, 30 → 30: 120 - 60 = one minute.
    expect(
      exact(
        [calls],
        ['31', '1', '30'].map((seconds) => used('seconds', seconds)),
      ),
    ).toEqual(['6']);
    const window = { ...calls, allowance: '0', timeOfDay: { from: '22:00', to: '24:00' } };
    // 100 s from 21:59:30 become 120 s, of which 90 s are inside.
    const startTime = new Date('2026-11-02T21:59:30+09:00');
    expect(exact([window], [used('seconds', '100', { startTime })])).toEqual(['9']);
    expect(exact([perUnit('1', { increment: '0.25' })], [used('units', '0.26')])).toEqual(['0.5']);
  });
});

describe('tiers', () => {
  const tiers = [
    { upTo: '100', unitPrice: '0.5', flat: '1000' },
    { upTo: '1000', unitPrice: '0.25', flat: '500' },
    { unitPrice: '0.1' },
  ];
  it.each([
    ['0', '1000', '1000'],
    ['100', '1050', '1050'],
    // The first unit past a bound reaches the next tier, however small it is.
    ['100.000001', '1550.00000025', '525.00000025'],
    ['1000', '1775', '750'],
    ['1000.5', '1775.05', '100.05'],
    ['1000000000000', '100000001675', '100000000000'],
  ])('IOT-9 %s units are %s graduated and %s by volume', (quantity, graduated, volume) => {
    const of = (model: 'graduated' | 'volume'): ComponentInit => ({
      metric: 'units',
      model: { case: model, value: { tiers } },
    });
    expect(exact([of('graduated'), of('volume')], [used('units', quantity)])).toEqual([graduated, volume]);
  });

  it('IOT-9 a tier up to 0 is for no usage at all', () => {
    const from0 = [
      { upTo: '0', unitPrice: '0', flat: '300' },
      { unitPrice: '2', flat: '50' },
    ];
    const of = (model: 'graduated' | 'volume'): ComponentInit => ({
      metric: 'units',
      model: { case: model, value: { tiers: from0 } },
    });
    expect(exact([of('graduated'), of('volume')], [])).toEqual(['300', '300']);
    expect(exact([of('graduated'), of('volume')], [used('units', '1')])).toEqual(['352', '52']);
  });
});

describe('numbers', () => {
  it('IOT-9 very large and very small ones stay exact', () => {
    expect(exact([perUnit('0.000000000001')], [used('units', '123456789012345678901234567890')])).toEqual([
      '123456789012345678.90123456789',
    ]);
    const third: ComponentInit = {
      metric: 'units',
      model: { case: 'package', value: { size: '3', price: '1', partial: PartialPackage.PRORATED } },
    };
    expect(exact([third], [used('units', '1')])).toEqual(['1/3']);
    expect(minor([third], [used('units', '2')], 'USD')).toEqual([67n]);
  });

  it.each([
    [RoundingMode.HALF_EVEN, '2.5', 2n],
    [RoundingMode.HALF_EVEN, '3.5', 4n],
    [RoundingMode.HALF_EVEN, '2.500001', 3n],
    [RoundingMode.HALF_UP, '2.5', 3n],
    [RoundingMode.UP, '2.000001', 3n],
    [RoundingMode.UP, '2', 2n],
    [RoundingMode.DOWN, '2.999999', 2n],
  ])('IOT-9 a component is rounded by its own mode: %s of %s is %s', (mode, amount, rounded) => {
    expect(minor([perUnit(amount, { rounding: { mode, decimals: 0 } })], [used('units', '1')])).toEqual([rounded]);
  });

  it('IOT-9 a component’s rounding comes before the bounds and the line’s own', () => {
    const part = perUnit('0.444', { rounding: { mode: RoundingMode.UP, decimals: 2 } });
    // 0.45 won are no won; two of them with a minimum of 0.9 are exactly that.
    expect(minor([part, part, bound('minimum', '0.9')], [used('units', '1')])).toEqual([0n, 0n, 1n]);
    expect(exact([part], [used('units', '1')])).toEqual(['0.45']);
  });
});

describe('percentage', () => {
  const startTime = (minute: number) => ({ startTime: new Date(Date.UTC(2026, 10, 2, 0, minute)) });
  const item = (amount: string, minute: number) =>
    used('events', '1', { amount: decimal(amount), ...startTime(minute) });
  const share = (model: Record<string, string>): ComponentInit => ({
    metric: 'events',
    model: { case: 'percentage', value: { rate: '0.02', ...model } },
  });

  it('IOT-9 the free limits go to the oldest items, whatever order they come in, and end together', () => {
    const items = [item('300', 3), item('100', 1), item('200', 2)];
    expect(exact([share({ freeEvents: '2' })], items)).toEqual(['6']);
    // 100 and 150 of 200 are free; 50 and 300 are paid, with the fixed part each.
    expect(exact([share({ freeAmount: '250', fixed: '5' })], items)).toEqual(['17']);
    // The amount is used up to the last unit by the second item, so the third one is paid whole though an event is left.
    expect(exact([share({ freeAmount: '300', freeEvents: '3' })], items)).toEqual(['6']);
    expect(exact([share({ freeAmount: '10000', freeEvents: '1', fixed: '1' })], items)).toEqual(['12']);
    expect(exact([share({ freeEvents: '0', freeAmount: '500' })], items)).toEqual(['12']);
  });

  it('IOT-9 minimum and maximum are of each item’s rate and fixed part together', () => {
    const items = [item('100', 1), item('1000', 2), item('10000', 3)];
    expect(exact([share({ fixed: '10', minimum: '20', maximum: '100' })], items)).toEqual(['150']);
    expect(exact([share({ minimum: '5' })], [item('0', 1)])).toEqual(['5']);
    expect(exact([share({ minimum: '5' })], [])).toEqual(['0']);
  });
});

describe('bounds', () => {
  it('IOT-9 lines that were rounded up by themselves do not exceed the maximum, nor fall below the minimum', () => {
    const halves = [perUnit('50.5'), perUnit('49.5')];
    // 51 + 50 won for 100.
    expect(minor([...halves, bound('maximum', '100')], [used('units', '1')])).toEqual([51n, 50n, -1n]);
    expect(exact([...halves, bound('maximum', '100')], [used('units', '1')])).toEqual(['50.5', '49.5', '0']);
    const lows = [perUnit('50.4'), perUnit('50.4')];
    expect(minor([...lows, bound('minimum', '100.6')], [used('units', '1')])).toEqual([50n, 50n, 1n]);
    // Three lines of 33.4 are 100.2, 99 when rounded: cut down to 100 all lines are 100.
    const thirds = [perUnit('33.4'), perUnit('33.4'), perUnit('33.4'), bound('maximum', '100')];
    expect(minor(thirds, [used('units', '1')])).toEqual([33n, 33n, 33n, 1n]);
    expect(total([perUnit('1.005'), perUnit('1.005'), bound('maximum', '2.01')], [used('units', '1')], 'USD')).toBe(
      201n,
    );
  });

  it('IOT-9 where one bound has an effect, the other one does not undo what the rounding of the other lines has moved', () => {
    // Ten times half a won are exactly 5, raised to 6; the ten lines are rounded to 10, beyond the maximum of 8.
    const halves = Array.from({ length: 10 }, () => perUnit('0.5'));
    expect(total([...halves, bound('minimum', '6'), bound('maximum', '8')], [used('units', '1')])).toBe(6n);
    // Ten times 0.4 won are exactly 4, cut to 3; the ten lines are rounded to 0, below the minimum of 2.
    const lows = Array.from({ length: 10 }, () => perUnit('0.4'));
    expect(total([...lows, bound('minimum', '2'), bound('maximum', '3')], [used('units', '1')])).toBe(3n);
  });

  it('IOT-9 minimum and maximum together: what is charged is between them, both included', () => {
    const both = [bound('maximum', '1000'), perUnit('1'), bound('minimum', '100')];
    for (const [quantity, amount] of [
      ['0', 100n],
      ['99.9', 100n],
      ['100', 100n],
      ['500', 500n],
      ['1000', 1000n],
      ['1000.4', 1000n],
      ['9999', 1000n],
    ] as const) {
      expect(total(both, [used('units', quantity)])).toBe(amount);
    }
    expect(minor([perUnit('5'), bound('minimum', '7'), bound('maximum', '7')], [used('units', '1')])).toEqual([5n, 2n]);
    expect(minor([perUnit('5'), bound('minimum', '7'), bound('maximum', '7')], [used('units', '3')])).toEqual([
      15n,
      -8n,
    ]);
  });

  it('IOT-9 a bound’s own rounding is of its own line', () => {
    const down = bound('maximum', '10.50', { rounding: { mode: RoundingMode.DOWN, decimals: 0 } });
    // 12.00 less 1.50, rounded down to 1, are 11.00.
    expect(minor([perUnit('12'), down], [used('units', '1')], 'USD')).toEqual([1200n, -100n]);
  });
});

describe('time of day', () => {
  const window = (from: string, to: string, timeZone = '', days: DayOfWeek[] = []): ComponentInit => ({
    metric: 'seconds',
    timeOfDay: { from, to, timeZone, days },
    model: { case: 'perUnit', value: { unitPrice: '1' } },
  });
  const lasting = (start: string, seconds: string) => [used('seconds', seconds, { startTime: new Date(start) })];
  const seoul = (text: string) => `${text}+09:00`;

  it.each([
    // Bounds: the opening counts, the closing does not.
    ['22:00', '06:00', seoul('2026-11-02T22:00:00'), '1', '1'],
    ['22:00', '06:00', seoul('2026-11-03T06:00:00'), '1', '0'],
    ['22:00', '06:00', seoul('2026-11-03T05:59:59.500'), '1', '0.5'],
    ['09:00', '18:00', seoul('2026-11-02T00:00:00'), '604800', '226800'],
    ['00:00', '24:00', seoul('2026-11-02T00:00:00'), '86400.125', '86400.125'],
    ['22:00', '06:00', seoul('2026-11-02T21:59:59'), '1.0000001', '0.0000001'],
  ])('IOT-9 %s to %s has of what begins at %s and lasts %s seconds %s', (from, to, start, seconds, inside) => {
    expect(exact([window(from, to)], lasting(start, seconds))).toEqual([inside]);
  });

  it('IOT-9 an hour that the clocks show twice counts twice, one that they leave out not at all', () => {
    // New York, 2026-11-01: 01:00 to 02:00 comes twice, so the day has 25 hours.
    const autumn = lasting('2026-11-01T00:00:00-04:00', '90000');
    const newYork = (from: string, to: string) => window(from, to, 'America/New_York');
    expect(exact([newYork('00:00', '24:00')], autumn)).toEqual(['90000']);
    expect(exact([newYork('01:00', '02:00')], autumn)).toEqual(['7200']);
    expect(exact([newYork('01:30', '03:00')], autumn)).toEqual(['7200']);
    expect(exact([newYork('00:00', '01:30')], autumn)).toEqual(['7200']);
    // 2026-03-08: no 02:00 to 03:00.
    const spring = lasting('2026-03-08T00:00:00-05:00', '82800');
    expect(exact([newYork('02:00', '03:00')], spring)).toEqual(['0']);
    expect(exact([newYork('01:00', '04:00')], spring)).toEqual(['7200']);
    // Lord Howe puts its clocks back by half an hour, at 02:00 to 01:30, on 2026-04-05.
    const lordHowe = lasting('2026-04-05T00:00:00+11:00', '14400');
    expect(exact([window('01:30', '02:00', 'Australia/Lord_Howe')], lordHowe)).toEqual(['3600']);
  });

  it('IOT-9 each component reads its window in its own zone, the others in the business’s', () => {
    const call = lasting('2026-11-02T21:30:00+09:00', '3600');
    // 22:00 in Seoul is 13:00 in UTC and 18:45 in Kathmandu.
    expect(
      exact(
        [window('22:00', '24:00'), window('13:00', '14:00', 'UTC'), window('18:30', '18:50', 'Asia/Kathmandu')],
        call,
      ),
    ).toEqual(['1800', '1800', '1200']);
  });

  it('IOT-9 the day on which a window opened decides, also behind midnight', () => {
    const friday = window('22:00', '06:00', '', [DayOfWeek.FRIDAY]);
    // From Friday noon for three days: one night.
    expect(exact([friday], lasting(seoul('2026-11-06T12:00:00'), '259200'))).toEqual(['28800']);
    const morning = window('00:00', '06:00', '', [DayOfWeek.SATURDAY]);
    expect(exact([morning], lasting(seoul('2026-11-06T12:00:00'), '259200'))).toEqual(['21600']);
  });
});
