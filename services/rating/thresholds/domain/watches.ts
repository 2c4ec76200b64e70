import { divideExact, type Exact, whole } from '#shared/money/decimal';
import type { Component, TariffVersion } from '#shared/pricing/tariff';

/** Shares of an allowance that are told, in percent. */
const percents = [50, 80, 100] as const;

/** What lines use, as rating sums it by month. */
export type LineMetric = 'bytes' | 'events';

/** A quantity of a month at which something is told. */
export interface Watch {
  component: string;
  metric: LineMetric;
  percent: number;
  /** In the metric, like the allowance. */
  quantity: Exact;
  allowance: Exact;
}

/** What to watch for a line that a version prices: the shares of each allowance on what lines use. */
export function watchesOf({ components }: TariffVersion): Watch[] {
  return components.flatMap(({ name, metric, allowance }) => {
    if (!isLineMetric(metric) || allowance.lte(0)) return [];
    return percents.map((percent) => ({
      component: name,
      metric,
      percent,
      quantity: allowance.mul(divideExact(whole(percent), whole(100))),
      allowance,
    }));
  });
}

function isLineMetric(metric: Component['metric']): metric is LineMetric {
  return metric === 'bytes' || metric === 'events';
}
