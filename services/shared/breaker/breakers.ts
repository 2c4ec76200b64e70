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
  /** Which errors are failures of the other side. Every other fault is an answer, unless the caller has gone away. */
  counts: (error: unknown) => boolean;
}

/** What came of some work other than a failure: a result, or a refusal, which is as good a sign of life. */
type Answer<T> = { value: T } | { refusal: Fault };

/** Carries an answer past the policy, which neither counts it nor takes it for the end of a row of failures. */
class Aside<T> {
  readonly answer: Answer<T>;
  constructor(answer: Answer<T>) {
    this.answer = answer;
  }
}

/** Keeps callers from waiting for what has failed again and again: while open it refuses at once. */
export class Breaker {
  readonly name: string;
  readonly #policy: CircuitBreakerPolicy;
  readonly #halfOpenAfterMs: number;
  readonly #counts: (error: unknown) => boolean;
  #openedAt = 0;

  constructor(name: string, { failures, halfOpenAfterMs, counts }: BreakerOptions) {
    this.name = name;
    this.#halfOpenAfterMs = halfOpenAfterMs;
    this.#counts = counts;
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

  /**
   * Does the work, or throws CIRCUIT_OPEN at once while the breaker is open or its one attempt under way. A question may be answered
   * by a side that carries out no orders: its answer closes the breaker, but a row of failed orders goes on behind it.
   */
  async execute<T>(work: () => Promise<T>, { isQuestion = false } = {}): Promise<T> {
    // The library would have everybody wait for that one attempt, which may hang.
    if (this.#policy.state === CircuitState.HalfOpen) throw this.#refusal();
    const answer = await this.#answerOf(work, isQuestion);
    if ('refusal' in answer) throw answer.refusal;
    return answer.value;
  }

  async #answerOf<T>(work: () => Promise<T>, isQuestion: boolean): Promise<Answer<T>> {
    try {
      return await this.#policy.execute(async () => {
        const answer = await work().then(
          (value) => ({ value }),
          (error: unknown) => this.#refusalIn(error),
        );
        if (isQuestion) throw new Aside(answer);
        return answer;
      });
    } catch (error) {
      if (error instanceof Aside) return error.answer;
      throw error instanceof BrokenCircuitError ? this.#refusal(error) : error;
    }
  }

  /** The library ends a row of failures by successes only, so that a refusal has to look like one. */
  #refusalIn(error: unknown): { refusal: Fault } {
    const isRefusal = error instanceof Fault && error.reason !== 'CANCELLED' && !this.#counts(error);
    if (isRefusal) return { refusal: error };
    throw error;
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
