import type { Generations } from '../store/generations.ts';
import type { ChangeKey } from '../store/store.ts';

export interface FeedListener {
  changed(generation: number, key: ChangeKey): void;
  missed(): void;
}

/** A watch of whichever generation is shown. */
export class ShownWatch {
  readonly #generations: Generations;
  readonly #listener: FeedListener;
  #watched: { number: number; stop: AbortController } | undefined;

  constructor(generations: Generations, listener: FeedListener) {
    this.#generations = generations;
    this.#listener = listener;
  }

  /** Watches the generation that is shown now; if that is another one than before, its readers have missed the change. */
  async follow(): Promise<void> {
    await this.#generations.ensure();
    const shown = await this.#generations.shown();
    if (!shown || shown.number === this.#watched?.number) return;
    const { number } = shown;
    const stop = new AbortController();
    const listener = this.#listener;
    await this.#generations.storeOf(shown.store).watch(number, stop.signal, {
      changed: (key) => listener.changed(number, key),
      missed: () => listener.missed(),
    });
    const before = this.#watched;
    this.#watched = { number, stop };
    if (!before) return;
    before.stop.abort();
    listener.missed();
  }

  stop(): void {
    this.#watched?.stop.abort();
  }
}
