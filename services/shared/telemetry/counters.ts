import type { Attributes, Counter, MetricOptions } from '@opentelemetry/api';
import { meter } from './metrics.ts';

/** A counter that is made when it first counts, so that a module may name it before metrics are set up. */
export function lateCounter(name: string, options: MetricOptions): Pick<Counter, 'add'> {
  let counter: Counter | undefined;
  return {
    add(value: number, attributes?: Attributes) {
      counter ??= meter().createCounter(name, options);
      counter.add(value, attributes);
    },
  };
}
