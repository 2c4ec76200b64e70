import { Alarm } from '#shared/process/alarm';
import type { ChangeKey } from '../store/store.ts';

/** What a reader gets next: things that changed, or the news that it has missed some. */
export type News = { kind: 'changes'; generation: number; keys: ChangeKey[] } | { kind: 'missed' };

/** A reader that is this many different changes behind reads the whole page faster than what it has missed. */
const mostWaiting = 256;
const longMs = 60_000;

/**
 * One reader's changes that wait to be read: each thing once, however often it changed meanwhile, and no more than a page is worth.
 * So a slow reader costs little memory and never sees an old state after a new one.
 */
export class Subscription {
  readonly customerId: string;
  readonly #waiting = new Map<string, ChangeKey>();
  readonly #alarm = new Alarm();
  readonly #onEnd: (self: Subscription) => void;
  #generation = 0;
  #missed = false;

  constructor(customerId: string, onEnd: (self: Subscription) => void) {
    this.customerId = customerId;
    this.#onEnd = onEnd;
  }

  changed(generation: number, key: ChangeKey): void {
    if (this.#missed) return;
    const another = this.#waiting.size > 0 && generation !== this.#generation;
    this.#generation = generation;
    this.#waiting.set(key.ref, key);
    if (another || this.#waiting.size > mostWaiting) this.missed();
    else this.#alarm.ring();
  }

  missed(): void {
    this.#missed = true;
    this.#waiting.clear();
    this.#alarm.ring();
  }

  /** Waits for news; undefined when the signal is aborted. */
  async next(signal: AbortSignal): Promise<News | undefined> {
    while (!signal.aborted) {
      this.#alarm.reset();
      if (this.#missed) {
        this.#missed = false;
        return { kind: 'missed' };
      }
      if (this.#waiting.size > 0) {
        const keys = [...this.#waiting.values()];
        this.#waiting.clear();
        return { kind: 'changes', generation: this.#generation, keys };
      }
      await this.#alarm.wait(longMs, signal);
    }
    return undefined;
  }

  end(): void {
    this.#onEnd(this);
  }
}
