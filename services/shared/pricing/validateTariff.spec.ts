import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { TariffSchema } from '#proto/rating/v1/tariff';
import { tariffFromProto } from './fromProto.ts';
import { validateTariff } from './validateTariff.ts';
import { versionAt } from './versionAt.ts';

type TariffInit = Exclude<MessageInitShape<typeof TariffSchema>, { $typeName: string }>;
type ComponentInit = NonNullable<NonNullable<TariffInit['versions']>[number]['components']>[number];

const fee = { name: 'fee', model: { case: 'recurring', value: { amount: '9900' } } } as const;
const data = { name: 'data', metric: 'bytes', model: { case: 'perUnit', value: { unitPrice: '1' } } } as const;
const tariff = (init: TariffInit) => create(TariffSchema, { id: 't', displayName: 'T', currency: 'KRW', ...init });
const faults = (components: ComponentInit[]) =>
  validateTariff(tariff({ versions: [{ components }] })).map(({ field }) =>
    field.replace('tariff.versions[0].components', ''),
  );
const tiered = (...bounds: string[]): ComponentInit => ({
  name: 'data',
  metric: 'bytes',
  model: { case: 'graduated', value: { tiers: bounds.map((upTo) => ({ upTo, unitPrice: '1' })) } },
});

describe('validateTariff', () => {
  it('takes a sound tariff', () => {
    expect(faults([fee, data])).toEqual([]);
    expect(faults([tiered('1', '2', '')])).toEqual([]);
  });

  const bound = (name: string, kind: 'minimum' | 'maximum', amount: string): ComponentInit => ({
    name,
    model: { case: kind, value: { amount } },
  });
  const refused: [string, ComponentInit[], string[]][] = [
    ['tiers that do not rise', [tiered('2', '2', '')], ['[0].graduated.tiers[1].up_to']],
    ['a bound on the last tier', [tiered('1', '2')], ['[0].graduated.tiers[1].up_to']],
    ['a tier in the middle without bound', [tiered('1', '', '')], ['[0].graduated.tiers[1].up_to']],
    ['usage without a metric', [{ ...data, metric: '' }], ['[0].metric']],
    ['a name twice', [fee, { ...data, name: 'fee' }], ['[1].name']],
    ['a unit of zero', [{ ...data, unit: '0' }], ['[0].unit']],
    ['an increment of zero', [{ ...data, increment: '0.00' }], ['[0].increment']],
    ['an allowance on a fee', [{ ...fee, allowance: '5' }], ['[0].allowance']],
    ['two minimums', [bound('a', 'minimum', '1'), bound('b', 'minimum', '2')], ['[1]']],
    ['a minimum above the maximum', [bound('a', 'minimum', '3'), bound('b', 'maximum', '2')], ['']],
    ['no model', [{ name: 'x' }], ['[0]']],
    [
      'an unknown zone',
      [{ ...data, timeOfDay: { from: '22:00', to: '06:00', timeZone: 'Mars' } }],
      ['[0].time_of_day.time_zone'],
    ],
    ['an empty window', [{ ...data, timeOfDay: { from: '22:00', to: '22:00' } }], ['[0].time_of_day.to']],
    [
      'a package of nothing',
      [{ ...data, model: { case: 'package', value: { size: '0', price: '1' } } }],
      ['[0].package.size'],
    ],
    ['text for a number', [{ ...data, unit: '1e3' }], ['[0].unit']],
  ];
  it.each(refused)('refuses %s and names the field', (_, components, fields) => {
    expect(faults(components)).toEqual(fields);
    expect(() => tariffFromProto(tariff({ versions: [{ components }] }))).toThrow('components');
  });

  it('refuses versions out of order', () => {
    const at = (day: number) => timestampFromDate(new Date(Date.UTC(2026, 10, day)));
    const versions = [
      { effectiveTime: at(5), components: [fee] },
      { effectiveTime: at(5), components: [fee] },
      { components: [fee] },
    ];
    expect(validateTariff(tariff({ versions })).map(({ field }) => field)).toEqual([
      'tariff.versions[1].effective_time',
      'tariff.versions[2].effective_time',
    ]);
  });
});

describe('versionAt', () => {
  const from = new Date('2026-11-10T00:00:00Z');
  const versions = [{ components: [fee] }, { effectiveTime: timestampFromDate(from), components: [fee, data] }];

  it('is the last version whose effective time is not after the time', () => {
    const found = tariffFromProto(tariff({ versions }));
    expect(versionAt(found, new Date(from.getTime() - 1))?.components).toHaveLength(1);
    expect(versionAt(found, from)?.components).toHaveLength(2);
  });

  it('is none before the first one', () => {
    expect(versionAt(tariffFromProto(tariff({ versions: versions.slice(1) })), new Date(0))).toBeUndefined();
  });
});
