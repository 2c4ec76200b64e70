import type { MovedPlan } from '#proto/rating/v1/events';
import type { Sql } from '#shared/database/database';
import type { Tariff } from '#shared/pricing/tariff';
import { instantOf } from '#shared/time/instant';
import { daysInMonth } from '#shared/time/month';
import { readTariffs } from '../store/copies.ts';
import { type PricedPlan, pricedPlan } from './pricedPlan.ts';

/** The plans of a run, each made ready once. A version never changes, so what is known of one holds. */
export class Plans {
  readonly #days: number;
  readonly #ready = new Map<string, PricedPlan | undefined>();

  constructor(month: string) {
    this.#days = daysInMonth(month);
  }

  /** In the order of the batch's plans; undefined where its lines have to be priced one by one. */
  async of(sql: Sql, plans: readonly MovedPlan[]): Promise<(PricedPlan | undefined)[]> {
    const missing = plans.filter((plan) => !this.#ready.has(keyOf(plan)));
    const tariffs =
      missing.length > 0
        ? await readTariffs(
            sql,
            missing.map(({ tariffId }) => tariffId),
          )
        : undefined;
    for (const plan of missing) {
      const made = this.#make(plan, tariffs?.get(plan.tariffId));
      // One that is not known may come to be.
      if (made) this.#ready.set(keyOf(plan), made);
    }
    return plans.map((plan) => this.#ready.get(keyOf(plan)));
  }

  #make({ offeringId, tariffVersion }: MovedPlan, tariff: Tariff | undefined): PricedPlan | undefined {
    const since = tariffVersion && instantOf(tariffVersion).getTime();
    const version = tariff?.versions.find(({ effectiveTime }) => effectiveTime?.getTime() === since);
    return tariff && version && pricedPlan(offeringId, tariff, version, this.#days);
  }
}

function keyOf({ offeringId, tariffId, tariffVersion }: MovedPlan): string {
  return JSON.stringify([offeringId, tariffId, tariffVersion && instantOf(tariffVersion).getTime()]);
}
