import type { BreakerState, Breakers } from '../breaker/breakers.ts';
import { meter } from './metrics.ts';

const stateNumbers: Record<BreakerState, number> = { closed: 0, 'half-open': 1, open: 2 };

/** `jangbu.circuit_breaker.state`: 0 closed, 1 half-open, 2 open; one series each breaker. */
export function observeBreakers(breakers: Breakers): void {
  const gauge = meter().createObservableGauge('jangbu.circuit_breaker.state', {
    description: 'State of a circuit breaker: 0 closed, 1 half-open, 2 open',
  });
  gauge.addCallback((result) => {
    for (const { name, state } of breakers) {
      result.observe(stateNumbers[state], { 'jangbu.circuit_breaker.name': name });
    }
  });
}
