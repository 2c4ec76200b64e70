import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decimal, type Exact, whole, zero } from '#shared/money/decimal';
import { countItem } from '#shared/pricing/countItem';
import type { Component } from '#shared/pricing/tariff';
import { monthBounds } from '#shared/time/month';
import { usageTimeOf } from '../../usage/domain/usageTime.ts';
import type { RecordColumns } from '../../usage/store/monthRecords.ts';
import { itemCounters } from './itemCounter.ts';
import { UsageFold } from './usageFold.ts';

interface Usage {
  account: number;
  /** µs after the month's beginning. */
  time: number;
  up: number;
  down: number;
  late: number;
}

const minutes = fc.integer({ min: 0, max: 24 * 60 - 1 });
const timeOfDay = fc
  .record({
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { maxLength: 3 }),
    from: minutes,
    to: fc.integer({ min: 1, max: 24 * 60 }),
    timeZone: fc.constantFrom(undefined, 'Asia/Seoul', 'Europe/Berlin', 'Australia/Lord_Howe', 'UTC'),
  })
  .filter(({ from, to }) => from !== to);
const component: fc.Arbitrary<Component> = fc.record({
  name: fc.constant(''),
  metric: fc.constantFrom('bytes', 'events', 'seconds'),
  unit: fc.constant(whole(1)),
  allowance: fc.constant(zero),
  increment: fc
    .constantFrom(undefined, '1', '1024', '1048576', '0.3', '2.5', '3', '9007199254740993')
    .map((text) => text && decimal(text))
    .map((x) => x || undefined),
  timeOfDay: fc.option(timeOfDay, { nil: undefined }),
  rounding: fc.constant(undefined),
  model: fc.constant({ kind: 'perUnit' as const, unitPrice: whole(1) }),
});
const volume = fc.oneof(
  fc.integer({ min: 0, max: 5_000 }),
  fc.integer({ min: 0, max: 3_000_000 }),
  fc.maxSafeNat(),
  fc.constantFrom(0, 1024, 1_048_576, Number.MAX_SAFE_INTEGER),
);

/** A month with a change of the clocks in some of the zones, and one without. */
const months = fc.constantFrom(
  ['2026-10', 'Europe/Berlin'],
  ['2026-03', 'Europe/Berlin'],
  ['2026-11', 'Asia/Seoul'],
  ['2026-04', 'Australia/Lord_Howe'],
);

function columns(records: Usage[], start: number): RecordColumns {
  return {
    count: records.length,
    account: Int32Array.from(records, ({ account }) => account),
    time: Float64Array.from(records, ({ time }) => start + time),
    up: Float64Array.from(records, ({ up }) => up),
    down: Float64Array.from(records, ({ down }) => down),
    late: Uint8Array.from(records, ({ late }) => late),
  };
}

it('IOT-6 IOT-9 the fold counts what countItem counts, item by item, for any records, increments, windows and stretches', () => {
  fc.assert(
    fc.property(
      months,
      fc.array(component, { maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 30 * 86_400 - 1 }), { maxLength: 2 }),
      fc.array(
        fc.record({
          account: fc.integer({ min: 1, max: 3 }),
          time: fc.oneof(
            fc.integer({ min: 0, max: 30 * 24 * 60 - 1 }).map((minute) => minute * 60_000_000),
            fc.integer({ min: 0, max: 30 * 86_400_000 - 1 }).map((ms) => ms * 1_000 + (ms % 1_000)),
          ),
          up: volume,
          down: volume,
          late: fc.integer({ min: 0, max: 2 }),
        }),
        { maxLength: 30 },
      ),
      fc.boolean(),
      ([month, zone], components, cuts, records, withLate) => {
        const named = components.map((each, index) => ({ ...each, name: `c${index}` }));
        const { start, end } = monthBounds(month ?? '', zone ?? '');
        const bounds = { from: start.getTime(), to: end.getTime(), zone: zone ?? '' };
        const counters = itemCounters({ effectiveTime: undefined, components: named }, bounds);
        const edges = [
          bounds.from,
          ...[...new Set(cuts)].toSorted((a, b) => a - b).map((s) => bounds.from + s * 1000),
          bounds.to,
        ];
        const stretches = edges.slice(0, -1).map((from, index) => ({ from, to: edges[index + 1] ?? 0, counters }));
        const fold = new UsageFold(
          [1, 2].map((account) => [account, stretches]),
          withLate,
        );
        const base = usageTimeOf(start);
        const half = Math.floor(records.length / 2);
        fold.add(columns(records.slice(0, half), base));
        fold.add(columns(records.slice(half), base));
        for (const account of [1, 2]) {
          const usage = fold.usageOf(account);
          for (const [index, { from, to }] of stretches.entries()) {
            const own = records.filter((record) => {
              const ms = bounds.from + record.time / 1000;
              return record.account === account && ms >= from && ms < to && record.late !== (withLate ? 2 : 1);
            });
            const total = (of: (record: Usage) => Exact) =>
              own.reduce<Exact>((sum, record) => sum.add(of(record)), zero);
            expect(usage[index]?.events).toBe(BigInt(own.length));
            expect(usage[index]?.bytes).toBe(own.reduce((sum, { up, down }) => sum + BigInt(up) + BigInt(down), 0n));
            for (const each of named.filter(({ increment, timeOfDay: window }) => increment || window)) {
              const counted = total(({ time, up, down }) => {
                const quantity = each.metric === 'bytes' ? whole(BigInt(up) + BigInt(down)) : whole(1);
                const metric = each.metric === 'seconds' ? 'other' : each.metric;
                const startTime = new Date(bounds.from + Math.floor(time / 1000));
                return countItem(each, { metric, quantity, startTime }, zone ?? '');
              });
              expect(usage[index]?.counted.get(each.name)?.equals(counted)).toBe(true);
            }
          }
        }
      },
    ),
    { numRuns: 400 },
  );
});

it('IOT-9 five million records of 100,000 lines are summed exactly', () => {
  const count = 1_000_000;
  const { start, end } = monthBounds('2026-11', 'Asia/Seoul');
  const month = { from: start.getTime(), to: end.getTime(), zone: 'Asia/Seoul' };
  const night: Component = {
    name: 'night',
    metric: 'bytes',
    unit: whole(1),
    allowance: zero,
    increment: whole(1024),
    timeOfDay: { days: [], from: 22 * 60, to: 6 * 60, timeZone: undefined },
    rounding: undefined,
    model: { kind: 'perUnit', unitPrice: whole(1) },
  };
  const counters = itemCounters({ effectiveTime: undefined, components: [night] }, month);
  const accounts = Array.from({ length: 100_000 }, (_, no) => no);
  const fold = new UsageFold(
    accounts.map((no) => [no, [{ ...month, counters }]]),
    false,
  );
  const base = usageTimeOf(start);
  const records: RecordColumns = {
    count,
    account: Int32Array.from({ length: count }, (_, index) => Math.floor(index / 10)),
    time: Float64Array.from({ length: count }, (_, index) => base + ((index * 7_919) % (30 * 86_400)) * 1e6),
    up: new Float64Array(count).fill(1_000),
    down: new Float64Array(count).fill(24),
    late: new Uint8Array(count),
  };
  for (let round = 0; round < 5; round++) fold.add(records);
  const bytes = accounts.reduce((sum, no) => sum + (fold.usageOf(no)[0]?.bytes ?? 0n), 0n);
  expect(bytes).toBe(5n * 1024n * BigInt(count));
});
