import { sleep } from '#shared/process/background';
import { type Worker, worker } from '#shared/worker/worker';
import type { Channel, QueuedMessage } from '../domain/message.ts';
import { nextTurns } from '../domain/turns.ts';
import { listDue } from '../store/queue.ts';
import { deliver, type Post } from './deliver.ts';

/**
 * Sends what is due in one channel, so many at a time. Each channel has a worker of its own, or a provider that hangs would
 * hold up the other one's messages. A slow message holds one place, not the queue.
 */
export function deliveryWorker(post: Post, channel: Channel, concurrency: number): Worker {
  return worker({
    name: `deliver-${channel.toLowerCase()}`,
    everyMs: 1_000,
    channel: 'messages',
    run: async (signal) => {
      const round = new Round(post, channel, concurrency);
      try {
        while (!signal.aborted && round.failure === undefined) {
          await round.begin();
          if (round.size === 0) return 'idle';
          await round.progress(signal);
        }
      } finally {
        // What was sent is also stored, whatever ended the loop.
        await round.end();
      }
      // A failure here is the database's; the worker's back-off waits for it.
      if (round.failure !== undefined) throw round.failure;
      return 'more';
    },
  });
}

class Round {
  readonly #post: Post;
  readonly #channel: Channel;
  readonly #concurrency: number;
  readonly #underWay = new Map<QueuedMessage, Promise<void>>();
  failure: unknown;

  constructor(post: Post, channel: Channel, concurrency: number) {
    this.#post = post;
    this.#channel = channel;
    this.#concurrency = concurrency;
  }

  get size(): number {
    return this.#underWay.size;
  }

  /** Fills the free places with due messages. */
  async begin(): Promise<void> {
    const free = this.#concurrency - this.size;
    if (free === 0) return;
    const underWay = [...this.#underWay.keys()];
    const due = await listDue(this.#post.database, {
      channel: this.#channel,
      now: this.#post.now(),
      // More than the places: several of them may be to the same person, and take turns.
      limit: free * 4,
      exceptIds: underWay.map(({ id }) => id),
      exceptAddressees: underWay.map(({ addressee }) => addressee),
    });
    for (const message of nextTurns(due, free)) {
      const done = deliver(this.#post, message)
        .catch((error: unknown) => {
          this.failure ??= error;
        })
        .finally(() => this.#underWay.delete(message));
      this.#underWay.set(message, done);
    }
  }

  /** Waits for the first to end, but not so long that a new message has to wait for a slow one. */
  async progress(signal: AbortSignal): Promise<void> {
    const timer = new AbortController();
    await Promise.race([...this.#underWay.values(), sleep(300, AbortSignal.any([signal, timer.signal]))]);
    timer.abort();
  }

  async end(): Promise<void> {
    await Promise.all(this.#underWay.values());
  }
}
