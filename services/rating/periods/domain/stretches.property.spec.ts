import fc from 'fast-check';
import { expect, it } from 'vitest';
import { whole } from '#shared/money/decimal';
import type { Tariff } from '#shared/pricing/tariff';
import { activeDays, dayStarts } from '#shared/time/month';
import { type Assignment, activeDaysOf, stretchesOf } from './stretches.ts';

const hourMs = 3_600_000;

/** Moments from before the month to after it; many of them are midnights or fall together. */
const hour = fc.oneof(
  fc.integer({ min: -50, max: 32 * 24 }),
  fc.integer({ min: -2, max: 32 }).map((day) => day * 24),
);
const tariff = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.uniqueArray(hour, { maxLength: 4 }), fc.boolean());
const history = fc.tuple(
  fc.array(fc.tuple(hour, tariff), { minLength: 1, maxLength: 4 }),
  fc.array(hour, { maxLength: 6 }),
  // With a day of 23 hours, one of 25, and neither.
  fc.constantFrom(['2026-03', 'Europe/Berlin'], ['2026-10', 'Europe/Berlin'], ['2026-11', 'Asia/Seoul']),
);

it('IOT-9 every instant of a month is in one portion, that of the offering and version in force; every day in that of its end', () => {
  fc.assert(
    fc.property(history, ([given, service, [month = '', zone = '']]) => {
      const days = dayStarts(month, zone);
      const [start = 0, end = 0] = [days[0], days.at(-1)];
      const at = (hours: number) => start + hours * hourMs;
      const tariffs = new Map<string, Tariff>();
      const assignments = given
        .toSorted(([a], [b]) => a - b)
        .map(([since, [id, versions, sinceAlways]], index): Assignment => {
          const times: (Date | undefined)[] = versions.toSorted((a, b) => a - b).map((each) => new Date(at(each)));
          if (sinceAlways || times.length === 0) times.unshift(undefined);
          const made = tariffs.get(id) ?? {
            ...{ id, displayName: id, currency: 'KRW', taxRate: whole(0) },
            versions: times.map((effectiveTime) => ({ effectiveTime, components: [] })),
          };
          tariffs.set(id, made);
          return { since: index === 0 ? undefined : new Date(at(since)), offeringId: id, tariff: made };
        });
      const stretches = stretchesOf(assignments, days);

      // One after the other, from the month's beginning to its end.
      expect(stretches.map(({ from }) => from)).toEqual([start, ...stretches.slice(0, -1).map(({ to }) => to)]);
      expect(stretches.at(-1)?.to).toBe(end);
      const isIn = (instant: number) => stretches.find(({ from, to }) => from <= instant && instant < to);
      const inForce = (instant: number) => {
        const had = assignments.findLast(({ since }) => !since || since.getTime() <= instant);
        const isSince = ({ effectiveTime }: { effectiveTime: Date | undefined }) =>
          !effectiveTime || effectiveTime.getTime() <= instant;
        return { had, version: had?.tariff.versions.findLast(isSince) ?? had?.tariff.versions[0] };
      };
      for (let instant = start; instant < end; instant += hourMs) {
        const { had, version } = inForce(instant);
        expect(isIn(instant)?.offeringId).toBe(had?.offeringId);
        expect(isIn(instant)?.version).toBe(version);
      }
      for (let day = 1; day < days.length; day++) {
        const owners = stretches.filter(({ firstDay, lastDay }) => firstDay <= day && day <= lastDay);
        expect(owners).toEqual([isIn((days[day] ?? 0) - 1)]);
      }

      // Days in service are shared out and none is lost.
      const times = service.toSorted((a, b) => a - b).map((each) => new Date(at(each)));
      const active = times.flatMap((from, index) => {
        const to = times[index + 1];
        if (index % 2 === 1) return [];
        return to ? [{ start: from, end: to }] : [{ start: from }];
      });
      const shared = stretches.reduce((sum, stretch) => sum + activeDaysOf(stretch, active, days), 0);
      expect(shared).toBe(activeDays(active, month, zone));
    }),
    { numRuns: 100 },
  );
});
