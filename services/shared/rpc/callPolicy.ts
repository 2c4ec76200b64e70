import { status } from '@grpc/grpc-js';
import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import { Fault } from '../errors/fault.ts';
import { backOff, sleep } from '../process/background.ts';

export interface CallPolicy {
  execute<T>(
    attempt: () => Promise<T>,
    how: {
      idempotent: boolean;
      signal: AbortSignal | undefined;
      deadline: Date;
    },
  ): Promise<T>;
  readonly state: CircuitState;
}

const attempts = 3;

/** Only a failure to get an answer says something about the upstream's health; a refusal is an answer. */
function unanswered(error: unknown): boolean {
  return error instanceof Fault && (error.code === status.UNAVAILABLE || error.code === status.DEADLINE_EXCEEDED);
}

/**
 * How an upstream is called: up to three attempts where repeating is harmless, and a breaker that opens after five unanswered
 * attempts in a row, refuses at once while open, and lets one probe through every second.
 */
export function callPolicy(): CallPolicy {
  const breaker = circuitBreaker(handleWhen(unanswered), {
    halfOpenAfter: 1_000,
    breaker: new ConsecutiveBreaker(5),
  });
  return {
    get state() {
      return breaker.state;
    },
    async execute(attempt, { idempotent, signal, deadline }) {
      for (let count = 1; ; count++) {
        try {
          return await breaker.execute(attempt);
        } catch (error) {
          const retry =
            idempotent &&
            count < attempts &&
            error instanceof Fault &&
            error.code === status.UNAVAILABLE &&
            breaker.state !== CircuitState.Open &&
            !signal?.aborted;
          if (!retry) throw error;
          const pause = backOff(count, 50, 1_000);
          if (Date.now() + pause >= deadline.getTime()) throw error;
          await sleep(pause, signal);
        }
      }
    },
  };
}
