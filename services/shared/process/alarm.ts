import { sleep } from './background.ts';

/** Wakes one sleeper early. A ring while nobody sleeps is not lost: it cuts the next sleep short. */
export class Alarm {
  #rung = new AbortController();

  ring(): void {
    this.#rung.abort();
  }

  /** Forgets earlier rings; to be called before looking for work, so that a ring during the look counts. */
  reset(): void {
    if (this.#rung.signal.aborted) this.#rung = new AbortController();
  }

  /** Sleeps until the alarm rings, the signal is aborted or the time is over. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    const either = new AbortController();
    const cut = () => either.abort();
    const rung = this.#rung.signal;
    if (rung.aborted || signal.aborted) return;
    rung.addEventListener('abort', cut, { once: true });
    signal.addEventListener('abort', cut, { once: true });
    await sleep(ms, either.signal);
    rung.removeEventListener('abort', cut);
    signal.removeEventListener('abort', cut);
  }
}
