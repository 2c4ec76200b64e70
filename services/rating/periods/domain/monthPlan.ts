import { countsItems } from '#shared/pricing/needsItems';
import type { Tariff } from '#shared/pricing/tariff';
import { dayStarts } from '#shared/time/month';
import { type ItemCounter, itemCounters } from './itemCounter.ts';
import { type Assignment, type Stretch, stretchesOf } from './stretches.ts';

/** How a line's month is cut and counted. */
export interface LinePlan {
  stretches: (Stretch & { counters: readonly ItemCounter[] })[];
  /** Whether the totals are all that its price depends on. */
  byTotals: boolean;
}

/** Plans of one month in the business's zone. Most lines have one tariff and nothing else, so what follows from that is kept. */
export class MonthPlan {
  readonly month: string;
  readonly zone: string;
  readonly days: readonly number[];
  readonly #bounds: { from: number; to: number; zone: string };
  readonly #known = new Map<string, LinePlan>();

  constructor(month: string, zone: string) {
    this.month = month;
    this.zone = zone;
    this.days = dayStarts(month, zone);
    this.#bounds = { from: this.days[0] ?? 0, to: this.days.at(-1) ?? 0, zone };
  }

  /** For a line that has only ever had one offering. */
  ofTariff(tariff: Tariff, offeringId: string): LinePlan {
    const key = JSON.stringify([tariff.id, offeringId]);
    const plan = this.#known.get(key) ?? this.of([{ since: undefined, offeringId, tariff }]);
    this.#known.set(key, plan);
    return plan;
  }

  of(assignments: readonly Assignment[]): LinePlan {
    const stretches = stretchesOf(assignments, this.days).map((stretch) => ({
      ...stretch,
      counters: itemCounters(stretch.version, this.#bounds),
    }));
    const [first] = stretches;
    const byTotals = assignments.length === 1 && stretches.length === 1 && !first?.version.components.some(countsItems);
    return { stretches, byTotals };
  }
}
