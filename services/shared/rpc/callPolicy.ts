import { status } from '@grpc/grpc-js';
import type { Breaker, BreakerOptions } from '../breaker/breakers.ts';
import { Fault, type Reason } from '../errors/fault.ts';
import { backOff, sleep } from '../process/background.ts';

const attempts = 3;

/** Failures to get an answer. Other words for UNAVAILABLE are answers: the service is there, something behind it is not. */
const unansweredReasons: ReadonlySet<Reason> = new Set<Reason>([
  'DEPENDENCY_UNAVAILABLE',
  'SHUTTING_DOWN',
  'DEADLINE_EXCEEDED',
]);

/** Only a failure to get an answer says something about the upstream's health; a refusal is an answer. */
function unanswered(error: unknown): boolean {
  return error instanceof Fault && unansweredReasons.has(error.reason);
}

/** Five unanswered attempts in a row open the breaker; then one attempt a second is let through. */
export const callBreaker: BreakerOptions = { failures: 5, halfOpenAfterMs: 1_000, counts: unanswered };

export interface CallManner {
  idempotent: boolean;
  signal: AbortSignal | undefined;
  deadline: Date;
  /** Whoever is served leaves so little time that running out of it says nothing about the upstream. */
  isHurried: boolean;
}

/** Carries a failure past the breaker, which counts it neither as one nor as an answer. */
class Hurry {
  readonly fault: Fault;
  constructor(fault: Fault) {
    this.fault = fault;
  }
}

/** How another service is called: behind its breaker, and up to three times where repeating is harmless. */
export async function callThrough<T>(
  breaker: Breaker,
  attempt: () => Promise<T>,
  { idempotent, signal, deadline, isHurried }: CallManner,
): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await breaker.execute(isHurried ? () => attempt().catch(hurry) : attempt);
    } catch (error) {
      if (error instanceof Hurry) throw error.fault;
      const retry = idempotent && count < attempts && isPassing(error) && breaker.state !== 'open' && !signal?.aborted;
      if (!retry) throw error;
      const pause = backOff(count, 50, 1_000);
      if (Date.now() + pause >= deadline.getTime()) throw error;
      await sleep(pause, signal);
    }
  }
}

/** Otherwise a few callers with deadlines of milliseconds could open the breaker for everybody. */
function hurry(error: unknown): never {
  throw error instanceof Fault && error.reason === 'DEADLINE_EXCEEDED' ? new Hurry(error) : error;
}

/** A deadline that has passed leaves no time for another attempt. */
function isPassing(error: unknown): boolean {
  return unanswered(error) && (error as Fault).code === status.UNAVAILABLE;
}
