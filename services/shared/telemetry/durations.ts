import type { Attributes, Histogram } from '@opentelemetry/api';
import { meter } from './metrics.ts';

/** The bounds in seconds that the semantic conventions advise for calls: https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/ */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** A histogram of how long something took, in seconds. To be made once metrics are set up. */
export function durationHistogram(name: string, description: string): Histogram {
  return meter().createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: bounds } });
}

/**
 * Durations of one kind of work by how it ended. The sets of attributes are made once an outcome and kept: what is recorded for every call must
 * not leave garbage for every call.
 */
export class DurationsBy<Outcome extends string | number> {
  readonly #histogram: Histogram;
  readonly #attributes: (outcome: Outcome) => Attributes;
  readonly #known = new Map<Outcome, Attributes>();

  constructor(histogram: Histogram, attributes: (outcome: Outcome) => Attributes) {
    this.#histogram = histogram;
    this.#attributes = attributes;
  }

  /** `startedAt` is what `performance.now()` said then; it ends now unless told. */
  record(startedAt: number, outcome: Outcome, endedAt = performance.now()): void {
    let attributes = this.#known.get(outcome);
    if (!attributes) {
      attributes = this.#attributes(outcome);
      this.#known.set(outcome, attributes);
    }
    this.#histogram.record((endedAt - startedAt) / 1_000, attributes);
  }
}
