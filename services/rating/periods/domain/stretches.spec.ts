import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zero } from '#shared/money/decimal';
import type { Tariff } from '#shared/pricing/tariff';
import { versionAt } from '#shared/pricing/versionAt';
import { activeDays, dayStarts } from '#shared/time/month';
import { type Assignment, activeDaysOf, stretchesOf } from './stretches.ts';

const zone = 'Asia/Seoul';
const days = dayStarts('2026-11', zone);
const at = (day: number, time = '00:00') => new Date(`2026-11-${String(day).padStart(2, '0')}T${time}:00+09:00`);

function tariff(id: string, ...since: (Date | undefined)[]): Tariff {
  const versions = since.map((effectiveTime) => ({ effectiveTime, components: [] }));
  return { id, displayName: id, currency: 'KRW', taxRate: zero, versions };
}

const assigned = (of: Tariff, since?: Date): Assignment => ({ since, offeringId: of.id, tariff: of });

function shown(assignments: Assignment[]) {
  return stretchesOf(assignments, days).map(({ tariff: { id }, version, firstDay, lastDay, from, to }) => ({
    what: `${id}${version.effectiveTime ? `@${version.effectiveTime.toISOString().slice(0, 10)}` : ''}`,
    days: [firstDay, lastDay],
    hours: (to - from) / 3_600_000,
  }));
}

describe('the stretches of a month', () => {
  it('IOT-9 one version and one offering: the whole month', () => {
    expect(shown([assigned(tariff('a', undefined))])).toEqual([{ what: 'a', days: [1, 30], hours: 720 }]);
  });

  it('IOT-9 a version that begins inside the month cuts it; its first day is the one at whose end it is in force', () => {
    expect(shown([assigned(tariff('a', undefined, at(15)))])).toEqual([
      { what: 'a', days: [1, 14], hours: 336 },
      { what: 'a@2026-11-14', days: [15, 30], hours: 384 },
    ]);
    expect(shown([assigned(tariff('a', undefined, at(15, '12:00')))])).toMatchObject([
      { days: [1, 14] },
      { days: [15, 30] },
    ]);
  });

  it('IOT-9 versions before the month and after it cut nothing, and a tariff’s first version counts from before its beginning', () => {
    const before = new Date('2026-10-20T00:00:00Z');
    const after = new Date('2026-12-20T00:00:00Z');
    expect(shown([assigned(tariff('a', undefined, before, after))])).toMatchObject([
      { what: 'a@2026-10-20', days: [1, 30] },
    ]);
    expect(shown([assigned(tariff('a', at(20)))])).toEqual([{ what: 'a@2026-11-19', days: [1, 30], hours: 720 }]);
    expect(shown([assigned(tariff('a', at(30, '23:59'), after))])).toMatchObject([{ days: [1, 30] }]);
  });

  it('IOT-9 a change of offering cuts it, together with the versions of both tariffs', () => {
    const a = tariff('a', undefined, at(5), at(20));
    const b = tariff('b', undefined, at(5), at(25));
    expect(shown([assigned(a), assigned(b, at(10))])).toMatchObject([
      { what: 'a', days: [1, 4] },
      { what: 'a@2026-11-04', days: [5, 9] },
      { what: 'b@2026-11-04', days: [10, 24] },
      { what: 'b@2026-11-24', days: [25, 30] },
    ]);
  });

  it('IOT-9 a stretch within one day holds no end of a day', () => {
    const stretches = shown([
      assigned(tariff('a', undefined)),
      assigned(tariff('b', undefined), at(7, '06:00')),
      assigned(tariff('c', undefined), at(7, '18:00')),
    ]);
    expect(stretches).toEqual([
      { what: 'a', days: [1, 6], hours: 150 },
      { what: 'b', days: [7, 6], hours: 12 },
      { what: 'c', days: [7, 30], hours: 558 },
    ]);
  });

  it('IOT-9 what the line got before the month or gets after it does not show', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id) => tariff(id, undefined)) as [Tariff, Tariff, Tariff];
    const got = [
      assigned(a),
      assigned(b, new Date('2026-10-31T14:59:59Z')),
      assigned(c, new Date('2026-11-30T15:00:00Z')),
    ];
    expect(shown(got)).toEqual([{ what: 'b', days: [1, 30], hours: 720 }]);
  });

  it('IOT-9 for any changes: no gap, no overlap, every day once, and each instant is priced by the version in force', () => {
    const moment = fc
      .integer({ min: -5 * 24 * 60, max: 36 * 24 * 60 })
      .map((minutes) => new Date(at(1).getTime() + minutes * 60_000));
    const times = fc
      .uniqueArray(moment, { maxLength: 4, selector: Number })
      .map((all) => all.toSorted((x, y) => +x - +y));
    const lines = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), times, moment), { minLength: 1, maxLength: 4 });
    const active = fc.tuple(moment, moment).map(([x, y]) => (x < y ? { start: x, end: y } : { start: x }));
    fc.assert(
      fc.property(lines, active, moment, (given, interval, probe) => {
        const sorted = given.toSorted((x, y) => +x[2] - +y[2]);
        const assignments = sorted.map(([id, versions, since], index) =>
          assigned(tariff(`${id}${index}`, undefined, ...versions), index === 0 ? undefined : since),
        );
        const stretches = stretchesOf(assignments, days);
        expect(stretches[0]?.from).toBe(days[0]);
        expect(stretches.at(-1)?.to).toBe(days.at(-1));
        for (const [index, { from, to }] of stretches.entries()) {
          expect(from).toBeLessThan(to);
          if (index > 0) expect(stretches[index - 1]?.to).toBe(from);
        }
        const covered = stretches.flatMap(({ firstDay, lastDay }) =>
          Array.from({ length: lastDay - firstDay + 1 }, (_, day) => firstDay + day),
        );
        expect(covered).toEqual(Array.from({ length: 30 }, (_, day) => day + 1));
        const inService = stretches.reduce((sum, stretch) => sum + activeDaysOf(stretch, [interval], days), 0);
        expect(inService).toBe(activeDays([interval], '2026-11', zone));
        const hit = stretches.find(({ from, to }) => from <= +probe && +probe < to);
        const owner = assignments.findLast(({ since }) => !since || since <= probe);
        if (hit) expect(hit.version).toBe(owner && versionAt(owner.tariff, probe));
      }),
      { numRuns: 500 },
    );
  });
});
