import type { Attributes, Histogram } from '@opentelemetry/api';
import { DurationsBy, durationHistogram } from '../telemetry/durations.ts';
import { consumerAttribute } from './observe.ts';

/** How long one consumer's handling of an event takes, by the event's destination; a failure by its name besides. */
export class HandlingTimes {
  readonly #histogram: Histogram = durationHistogram(
    'messaging.process.duration',
    'Duration of the handling of an event',
  );
  readonly #byDestination = new Map<string, DurationsBy<string>>();
  readonly #consumer: string;

  constructor(consumer: string) {
    this.#consumer = consumer;
  }

  /** `failure` is the name of one, or nothing. */
  record(startedAt: number, destination: string, failure: string, endedAt?: number): void {
    let durations = this.#byDestination.get(destination);
    if (!durations) {
      const attributes = {
        'messaging.system': 'nats',
        'messaging.operation.name': 'process',
        [consumerAttribute]: this.#consumer,
        'messaging.destination.name': destination,
      };
      durations = new DurationsBy(
        this.#histogram,
        (outcome): Attributes => (outcome === '' ? attributes : { ...attributes, 'error.type': outcome }),
      );
      this.#byDestination.set(destination, durations);
    }
    durations.record(startedAt, failure, endedAt);
  }
}
