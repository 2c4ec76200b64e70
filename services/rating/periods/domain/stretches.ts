import type { Tariff, TariffVersion } from '#shared/pricing/tariff';
import { versionAt } from '#shared/pricing/versionAt';
import { type Interval, touches } from '#shared/time/month';

/** What a line has had since when. */
export interface Assignment {
  /** Undefined: since always. */
  since: Date | undefined;
  offeringId: string;
  tariff: Tariff;
}

/** A stretch of a month that one version of one tariff prices. */
export interface Stretch {
  /** Epoch milliseconds; the end is not included. */
  from: number;
  to: number;
  offeringId: string;
  tariff: Tariff;
  version: TariffVersion;
  /** First day of the month, from 1, that belongs to it: a day belongs to the stretch that is in force at its end. */
  firstDay: number;
  /** Last such day; less than `firstDay` where no day ends within the stretch. */
  lastDay: number;
}

/**
 * Cuts a month where the line got another offering or its tariff another version. The stretches follow one another and are the
 * whole month: the first offering counts from the beginning, and so does the first version of a tariff that has none before.
 *
 * `assignments` come oldest first, at least one; `days` are the first instants of the month's days and of the day after.
 */
export function stretchesOf(assignments: readonly Assignment[], days: readonly number[]): Stretch[] {
  const [start = 0, end = 0] = [days[0], days.at(-1)];
  const stretches: Stretch[] = [];
  for (const [index, { since, offeringId, tariff }] of assignments.entries()) {
    const from = index === 0 ? start : Math.max(start, since?.getTime() ?? start);
    const to = Math.min(end, assignments[index + 1]?.since?.getTime() ?? end);
    if (from < to) add(stretches, { from, to, offeringId, tariff }, days);
  }
  return stretches;
}

type Owned = Pick<Stretch, 'from' | 'to' | 'offeringId' | 'tariff'>;

function add(stretches: Stretch[], owned: Owned, days: readonly number[]): void {
  const { tariff, from, to } = owned;
  const cuts = tariff.versions
    .map(({ effectiveTime }) => effectiveTime?.getTime() ?? Number.NEGATIVE_INFINITY)
    .filter((time) => time > from && time < to);
  for (const [index, cut] of [from, ...cuts].entries()) {
    const version = versionAt(tariff, new Date(cut)) ?? tariff.versions[0];
    if (!version) throw new Error(`tariff ${tariff.id} has no version`);
    const last = stretches.at(-1);
    const until = cuts[index] ?? to;
    if (last?.to === cut && last.version === version && last.offeringId === owned.offeringId) {
      stretches[stretches.length - 1] = { ...last, to: until, ...daysWithin(last.from, until, days) };
    } else {
      stretches.push({ ...owned, from: cut, to: until, version, ...daysWithin(cut, until, days) });
    }
  }
}

function daysWithin(from: number, to: number, days: readonly number[]): { firstDay: number; lastDay: number } {
  // Day n ends at days[n], and its last instant lies before that.
  const firstDay = days.findIndex((end, day) => day > 0 && end > from);
  const lastDay = days.findLastIndex((end) => end <= to);
  return { firstDay, lastDay: Math.max(lastDay, firstDay - 1) };
}

/** On how many days of the stretch the line was in service at any moment. */
export function activeDaysOf(
  { firstDay, lastDay }: Pick<Stretch, 'firstDay' | 'lastDay'>,
  active: readonly Interval[],
  days: readonly number[],
): number {
  let count = 0;
  for (let day = firstDay; day <= lastDay; day++) {
    if (active.some((interval) => touches(interval, days[day - 1] ?? 0, days[day] ?? 0))) count++;
  }
  return count;
}
