import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** So many requests in so many seconds. */
export interface RateRule {
  count: number;
  seconds: number;
}

/** Where somebody stands with a rule. */
export interface Standing {
  name: string;
  rule: RateRule;
  left: number;
  /** Until the counting begins anew. */
  resetMs: number;
  refused: boolean;
}

/** Counts requests by a key, in windows that begin with the key's first request. */
export class RateLimit {
  readonly #name: string;
  readonly #rule: RateRule;
  readonly #limiter: RateLimiterMemory;
  readonly #mostKeys: number;
  /** Keys by the time their window ends; all windows are of one length, so they stand in that order. */
  readonly #windows = new Map<string, number>();

  constructor(name: string, rule: RateRule, mostKeys: number) {
    this.#name = name;
    this.#rule = rule;
    this.#mostKeys = mostKeys;
    this.#limiter = new RateLimiterMemory({ points: rule.count, duration: rule.seconds });
  }

  get keys(): number {
    return this.#windows.size;
  }

  async take(key: string): Promise<Standing> {
    const now = Date.now();
    const ends = this.#windows.get(key);
    if (ends === undefined || ends <= now) {
      this.#windows.delete(key);
      this.#windows.set(key, now + this.#rule.seconds * 1_000);
      await this.#makeRoom(now);
    }
    try {
      return this.#standing(await this.#limiter.consume(key), false);
    } catch (rejected) {
      if (rejected instanceof RateLimiterRes) return this.#standing(rejected, true);
      throw rejected;
    }
  }

  /** Memory stays bounded, whoever comes: the oldest windows are forgotten first, and those that are over anyway. */
  async #makeRoom(now: number): Promise<void> {
    for (const [key, ends] of this.#windows) {
      if (ends > now && this.#windows.size <= this.#mostKeys) return;
      this.#windows.delete(key);
      await this.#limiter.delete(key);
    }
  }

  #standing({ remainingPoints, msBeforeNext }: RateLimiterRes, refused: boolean): Standing {
    return { name: this.#name, rule: this.#rule, left: remainingPoints, resetMs: Math.max(0, msBeforeNext), refused };
  }
}
