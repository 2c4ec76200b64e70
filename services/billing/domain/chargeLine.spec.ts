import { describe, expect, it } from 'vitest';
import { decimal, whole, zero } from '#shared/money/decimal';
import type { Component, Tariff } from '#shared/pricing/tariff';
import { chargeLine, type LineMonth } from './chargeLine.ts';
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
  offeringId: 'basic',
  serviceNumber: '01012345678',
  usageBytes: 0n,
  totals: {},
  changes: [{ action: 'ACTIVATE', effectiveTime: at('2026-01-01T00:00') }],
  ...init,
});

describe('chargeLine', () => {
  it('IOT-9 charges the whole fee and the usage beyond the allowance', () => {
    const charged = chargeLine(line({ totals: { bytes: '209715200' } }), tariff(fee, data), november);
    expect(
      charged.charges.map(({ description, quantity, metric, amount }) => [description, quantity, metric, amount]),
    ).toEqual([
      ['Monthly fee', '30', 'days', 9900n],
      ['Data', '209715200', 'bytes', 2050n],
    ]);
    expect(charged.subtotal).toBe(11_950n);
  });

  it('IOT-9 prorates by day for a line activated, suspended and resumed inside the month', () => {
    const changes = [
      { action: 'ACTIVATE', effectiveTime: at('2026-11-03T12:00') },
      { action: 'SUSPEND', effectiveTime: at('2026-11-10T00:00') },
      { action: 'RESUME', effectiveTime: at('2026-11-20T23:59') },
      { action: 'TERMINATE', effectiveTime: at('2026-11-25T00:01') },
    ] as const;
    const [charge] = chargeLine(line({ changes }), tariff(fee), november).charges;
    // 3rd to 9th, and 20th to 25th: 13 days.
    expect(charge).toMatchObject({ description: 'Monthly fee (13 of 30 days)', quantity: '13', amount: 4290n });
  });

  it('has no charge for what was neither used nor owed', () => {
    const changes = [{ action: 'ACTIVATE', effectiveTime: at('2026-12-01T00:00') }] as const;
    const charged = chargeLine(line({ changes }), tariff(fee, data), november);
    expect(charged).toMatchObject({ charges: [], subtotal: 0n, taxRate: '0.1' });
  });

  it('shows usage inside the allowance, without price', () => {
    const { charges } = chargeLine(line({ totals: { bytes: '1' } }), tariff(data), november);
    expect(charges).toMatchObject([{ component: 'Data', amount: 0n }]);
  });

  it('prices the month by the version in force at its last instant', () => {
    const changed = tariff(fee);
    const dearer = { ...fee, model: { ...fee.model, amount: decimal('30000') } } as Component;
    changed.versions.push({ effectiveTime: at('2026-11-30T23:59'), components: [dearer] });
    changed.versions.push({ effectiveTime: at('2026-12-01T00:00'), components: [data] });
    expect(chargeLine(line({}), changed, november)).toMatchObject({
      subtotal: 30_000n,
      charges: [{ tariffVersion: at('2026-11-30T23:59') }],
    });
  });

  it('refuses to guess prices that need every usage item', () => {
    const rounded = { ...data, increment: whole(1024) };
    expect(() => chargeLine(line({}), tariff(rounded), november)).toThrow(/item by item/);
    expect(tariffRefusal(tariff(rounded), '2026-11', 'Asia/Seoul')).toBe('TARIFF_INVALID');
    expect(tariffRefusal(tariff(data), '2026-11', 'Asia/Seoul')).toBeUndefined();
    const later = { ...tariff(data), versions: [{ effectiveTime: at('2026-12-01T00:00'), components: [data] }] };
    expect(tariffRefusal(later, '2026-11', 'Asia/Seoul')).toBe('TARIFF_VERSION_NOT_FOUND');
  });
});
