import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel';
import { Fault } from '../errors/fault.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerOptions {
  /** So many failures in a row open it. */
  failures: number;
  /** How long it stays open before one attempt is let through, in milliseconds. */
  halfOpenAfterMs: number;
  /** Which errors are failures of the other side. Everything else it says is an answer. */
  counts: (error: unknown) => boolean;
}

/** Keeps callers from waiting for what has failed again and again: while open it refuses at once. */
export class Breaker {
  readonly name: string;
  readonly #policy: CircuitBreakerPolicy;
  readonly #halfOpenAfterMs: number;
  #openedAt = 0;

  constructor(name: string, { failures, halfOpenAfterMs, counts }: BreakerOptions) {
    this.name = name;
    this.#halfOpenAfterMs = halfOpenAfterMs;
    this.#policy = circuitBreaker(handleWhen(counts), {
      halfOpenAfter: halfOpenAfterMs,
      breaker: new ConsecutiveBreaker(failures),
    });
    this.#policy.onBreak(() => {
      this.#openedAt = performance.now();
    });
  }

  get state(): BreakerState {
    switch (this.#policy.state) {
      case CircuitState.Closed:
        return 'closed';
      case CircuitState.HalfOpen:
        return 'half-open';
      default:
        return 'open';
    }
  }

  /** When trying again makes sense, in milliseconds from now. */
  get retryAfterMs(): number {
    const left = this.#openedAt + this.#halfOpenAfterMs - performance.now();
    // While the one attempt is under way, nobody knows; another failure keeps it open for as long again.
    return this.state === 'open' && left > 0 ? Math.ceil(left) : this.#halfOpenAfterMs;
  }

  /** Does the work, or throws CIRCUIT_OPEN at once while the breaker is open or its one attempt under way. */
  async execute<T>(work: () => Promise<T>): Promise<T> {
    // The library would have everybody wait for that one attempt, which may hang.
    if (this.#policy.state === CircuitState.HalfOpen) throw this.#refusal();
    try {
      return await this.#policy.execute(work);
    } catch (error) {
      throw error instanceof BrokenCircuitError ? this.#refusal(error) : error;
    }
  }

  #refusal(cause?: unknown): Fault {
    const { name, retryAfterMs } = this;
    return new Fault('CIRCUIT_OPEN', { message: `${name} failed too often`, retryAfterMs, cause });
  }
}

/** The breakers of a process, so that its health and its metrics can tell of them. */
export class Breakers implements Iterable<Breaker> {
  readonly #breakers = new Map<string, Breaker>();

  create(name: string, options: BreakerOptions): Breaker {
    if (this.#breakers.has(name)) throw new Error(`there is a breaker ${name} already`);
    const breaker = new Breaker(name, options);
    this.#breakers.set(name, breaker);
    return breaker;
  }

  [Symbol.iterator](): Iterator<Breaker> {
    return this.#breakers.values();
  }
}
