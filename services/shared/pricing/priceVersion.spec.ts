import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
  type ComponentSchema,
  DayOfWeek,
  PartialPackage,
  Proration,
  RoundingMode,
  TariffSchema,
} from '#proto/rating/v1/tariff';
import { decimal, exactText } from '../money/decimal.ts';
import { tariffFromProto } from './fromProto.ts';
import { sumOfLines } from './priceLine.ts';
import { priceVersion } from './priceVersion.ts';
import type { UsageItem } from './tariff.ts';

type ComponentInit = Omit<MessageInitShape<typeof ComponentSchema>, '$typeName'>;

function price(components: ComponentInit[], usage: UsageItem[], context: { days?: number; currency?: string } = {}) {
  const named = components.map((component, index) => ({ name: `component ${index}`, ...component }));
  const currency = context.currency ?? 'KRW';
  const tariff = create(TariffSchema, { id: 't', displayName: 'T', currency, versions: [{ components: named }] });
  const [version] = tariffFromProto(tariff).versions;
  if (!version) throw new Error('unreachable');
  return priceVersion(version, usage, {
    currency,
    activeDays: context.days ?? 30,
    daysInMonth: 30,
    timeZone: 'Asia/Seoul',
  });
}

const used = (metric: string, quantity: string, more: Partial<UsageItem> = {}): UsageItem => ({
  metric,
  quantity: decimal(quantity),
  ...more,
});
const exact = (...args: Parameters<typeof price>) => price(...args).map((line) => exactText(line.exact));

const tiers = [
  { upTo: '10', unitPrice: '5', flat: '100' },
  { upTo: '20', unitPrice: '3', flat: '50' },
  { unitPrice: '1', flat: '7' },
];

describe('recurring', () => {
  it('IOT-9 costs its days over the days of the month', () => {
    const fee = { model: { case: 'recurring', value: { amount: '9900' } } } as const;
    expect(exact([fee], [], { days: 30 })).toEqual(['9900']);
    expect(exact([fee], [], { days: 7 })).toEqual(['2310']);
    expect(exact([fee], [], { days: 0 })).toEqual(['0']);
  });

  it('costs the whole fee without proration, if there was any day', () => {
    const fee = { model: { case: 'recurring', value: { amount: '9900', proration: Proration.NONE } } } as const;
    expect(exact([fee], [], { days: 1 })).toEqual(['9900']);
    expect(exact([fee], [], { days: 0 })).toEqual(['0']);
  });
});

describe('perUnit', () => {
  const data: ComponentInit = {
    metric: 'bytes',
    unit: '1048576',
    allowance: '104857600',
    model: { case: 'perUnit', value: { unitPrice: '20.5' } },
  };

  it('IOT-9 charges what exceeds the allowance, exactly', () => {
    expect(exact([data], [used('bytes', '104857600')])).toEqual(['0']);
    expect(exact([data], [used('bytes', '104857601')])).toEqual(['0.000019550323486328125']);
    expect(exact([data], [used('bytes', '52428800'), used('bytes', '157286400')])).toEqual(['2050']);
    expect(exact([data], [used('seconds', '999999999999')])).toEqual(['0']);
  });

  it('rounds each item up to the increment before the allowance', () => {
    const minutes: ComponentInit = { ...data, metric: 'seconds', unit: '60', allowance: '60', increment: '60' };
    expect(exact([minutes], [used('seconds', '1'), used('seconds', '61')])).toEqual(['41']);
    expect(exact([minutes], [used('seconds', '0')])).toEqual(['0']);
  });
});

describe('graduated', () => {
  const graduated: ComponentInit = { metric: 'units', model: { case: 'graduated', value: { tiers } } };
  it.each([
    ['0', '100'],
    ['10', '150'],
    ['10.5', '201.5'],
    ['20', '230'],
    ['21', '238'],
    ['120', '337'],
  ])('%s units cost %s', (quantity, amount) => {
    expect(exact([graduated], [used('units', quantity)])).toEqual([amount]);
  });

  it('shows each tier as a step', () => {
    const [line] = price([graduated], [used('units', '25')]);
    expect(line?.steps.map(({ quantity, amount }) => [exactText(quantity), exactText(amount)])).toEqual([
      ['10', '150'],
      ['10', '80'],
      ['5', '12'],
    ]);
  });
});

describe('volume', () => {
  const volume: ComponentInit = { metric: 'units', model: { case: 'volume', value: { tiers } } };
  it.each([
    ['0', '100'],
    ['10', '150'],
    ['10.5', '81.5'],
    ['20', '110'],
    ['21', '28'],
  ])('%s units cost %s', (quantity, amount) => {
    expect(exact([volume], [used('units', quantity)])).toEqual([amount]);
  });
});

describe('package', () => {
  const packages = (partial: PartialPackage): ComponentInit => ({
    metric: 'units',
    model: { case: 'package', value: { size: '10', price: '30', partial } },
  });
  it.each([
    ['0', '0', '0'],
    ['1', '30', '3'],
    ['10', '30', '30'],
    ['10.1', '60', '30.3'],
  ])('%s units cost %s by started packages and %s prorated', (quantity, up, prorated) => {
    expect(exact([packages(PartialPackage.UP)], [used('units', quantity)])).toEqual([up]);
    expect(exact([packages(PartialPackage.PRORATED)], [used('units', quantity)])).toEqual([prorated]);
  });
});

describe('percentage', () => {
  const items = ['1000', '2000', '500'].map((amount) => used('events', '1', { amount: decimal(amount) }));
  const share = (model: Record<string, string>): ComponentInit => ({
    metric: 'events',
    model: { case: 'percentage', value: { rate: '0.1', ...model } },
  });

  it('takes a share of each item with the fixed part', () => {
    expect(exact([share({ fixed: '10' })], items)).toEqual(['380']);
  });

  it('bounds each item by itself', () => {
    expect(exact([share({ fixed: '10', minimum: '100', maximum: '150' })], items)).toEqual(['360']);
  });

  it('ends both free limits with the first that is used up', () => {
    expect(exact([share({ freeEvents: '1' })], items)).toEqual(['250']);
    expect(exact([share({ freeAmount: '2500' })], items)).toEqual(['100']);
    expect(exact([share({ freeEvents: '2', freeAmount: '1500', fixed: '10' })], items)).toEqual(['220']);
    expect(exact([share({ freeEvents: '1', freeAmount: '9999' })], items)).toEqual(['250']);
  });
});

describe('bounds', () => {
  const perUnit = (unitPrice: string): ComponentInit => ({
    metric: 'units',
    model: { case: 'perUnit', value: { unitPrice } },
  });
  const bound = (kind: 'minimum' | 'maximum', amount: string): ComponentInit => ({
    model: { case: kind, value: { amount } },
  });

  it('fill up to the minimum and cut down to the maximum, on a line of their own', () => {
    const components = [bound('minimum', '100'), perUnit('10'), perUnit('5'), bound('maximum', '300')];
    expect(exact(components, [used('units', '2')])).toEqual(['70', '20', '10']);
    expect(exact(components, [used('units', '10')])).toEqual(['100', '50']);
    expect(exact(components, [used('units', '30')])).toEqual(['300', '150', '-150']);
  });
});

describe('time of day', () => {
  const night = (days: DayOfWeek[] = [], timeZone = ''): ComponentInit => ({
    metric: 'seconds',
    timeOfDay: { from: '22:00', to: '06:00', days, timeZone },
    model: { case: 'perUnit', value: { unitPrice: '1' } },
  });
  const call = (startTime: string, seconds: string) => [used('seconds', seconds, { startTime: new Date(startTime) })];

  it('charges only the seconds inside the window, also over midnight', () => {
    expect(exact([night()], call('2026-11-02T21:59:00+09:00', '120'))).toEqual(['60']);
    expect(exact([night()], call('2026-11-03T05:59:00+09:00', '120'))).toEqual(['60']);
    expect(exact([night()], call('2026-11-02T12:00:00+09:00', '172800'))).toEqual(['57600']);
  });

  it('asks on which day the window opened', () => {
    // 2026-11-06 is a Friday: its window lasts into Saturday morning.
    const friday = night([DayOfWeek.FRIDAY]);
    expect(exact([friday], call('2026-11-07T05:00:00+09:00', '60'))).toEqual(['60']);
    expect(exact([friday], call('2026-11-06T05:00:00+09:00', '60'))).toEqual(['0']);
  });

  it('reads the window in its own zone', () => {
    expect(exact([night([], 'UTC')], call('2026-11-02T22:00:00Z', '60'))).toEqual(['60']);
    expect(exact([night()], call('2026-11-02T22:00:00Z', '60'))).toEqual(['0']);
  });

  it('charges what a clock in the zone shows, also on the day it is put forward', () => {
    // In New York 2026-03-08 has no time from 02:00 to 03:00; the item lasts all of its 23 hours.
    const window = (from: string, to: string): ComponentInit => ({
      ...night(),
      timeOfDay: { from, to, timeZone: 'America/New_York' },
    });
    const day = call('2026-03-08T00:00:00-05:00', '82800');
    expect(exact([window('02:15', '02:45')], day)).toEqual(['0']);
    expect(exact([window('02:30', '04:00')], day)).toEqual(['3600']);
    expect(exact([window('01:00', '02:30')], day)).toEqual(['3600']);
    expect(exact([window('00:00', '24:00')], day)).toEqual(['82800']);
  });

  it('counts an item of another metric by its begin', () => {
    const events: ComponentInit = { ...night(), metric: 'events' };
    const items = [22, 23, 12].map((hour) =>
      used('events', '1', { startTime: new Date(`2026-11-02T${hour}:00:00+09:00`) }),
    );
    expect(exact([events], items)).toEqual(['2']);
  });
});

describe('rounding', () => {
  it('rounds a component as it says, and every line once to the currency', () => {
    const part: ComponentInit = {
      metric: 'units',
      rounding: { mode: RoundingMode.UP, decimals: 1 },
      model: { case: 'perUnit', value: { unitPrice: '0.333' } },
    };
    const [line] = price([part], [used('units', '1')], { currency: 'USD' });
    expect([line && exactText(line.exact), line?.amount.minor]).toEqual(['0.4', 40n]);
    const plain: ComponentInit = { metric: 'units', model: { case: 'perUnit', value: { unitPrice: '0.5' } } };
    expect(sumOfLines(price([plain, plain], [used('units', '1')]), 'KRW').minor).toBe(2n);
  });
});
