import type { Database } from '#shared/database/database';
import { Alarm } from '#shared/process/alarm';
import { DatabaseSession } from '#shared/process/session';
import type { Logger } from '#shared/telemetry/log';
import type { Generations } from '../store/generations.ts';
import { ShownWatch } from './shownWatch.ts';
import { Subscription } from './subscription.ts';

/** How long another generation may be shown without being noticed, when its notification was missed. */
const checkMs = 1_000;

/**
 * Everybody's changes, as they happen in whatever process, handed to those of this process who watch. One watch of the store serves them
 * all; it runs while there is anybody, and moves on when another generation is shown.
 */
export class Feed {
  readonly #database: Database;
  readonly #generations: Generations;
  readonly #log: Logger;
  readonly #subscriptions = new Map<string, Set<Subscription>>();
  #running: { stop: AbortController; begun: Promise<void> } | undefined;

  constructor(database: Database, generations: Generations, log: Logger) {
    this.#database = database;
    this.#generations = generations;
    this.#log = log;
  }

  /** Hears of every change of the customer's from now on. The caller ends the subscription. */
  async subscribe(customerId: string): Promise<Subscription> {
    const subscription = new Subscription(customerId, (self) => this.#remove(self));
    const others = this.#subscriptions.get(customerId);
    if (others) others.add(subscription);
    else this.#subscriptions.set(customerId, new Set([subscription]));
    this.#running ??= this.#run();
    try {
      await this.#running.begun;
      return subscription;
    } catch (error) {
      subscription.end();
      throw error;
    }
  }

  #remove(subscription: Subscription): void {
    const { customerId } = subscription;
    const others = this.#subscriptions.get(customerId);
    others?.delete(subscription);
    if (others?.size === 0) this.#subscriptions.delete(customerId);
    if (this.#subscriptions.size === 0) {
      this.#running?.stop.abort();
      this.#running = undefined;
    }
  }

  #run(): { stop: AbortController; begun: Promise<void> } {
    const stop = new AbortController();
    const alarm = new Alarm();
    const watch = new ShownWatch(this.#generations, {
      changed: (generation, key) => {
        for (const each of this.#subscriptions.get(key.customerId) ?? []) each.changed(generation, key);
      },
      missed: () => {
        for (const each of this.#subscriptions.values()) for (const one of each) one.missed();
      },
    });
    const begin = async () => {
      const session = await this.#listen(alarm);
      await watch.follow().catch(async (error) => {
        await session.end();
        throw error;
      });
      void this.#keep(watch, session, alarm, stop.signal);
    };
    const begun = begin();
    // It may be that nobody waits for it any more.
    begun.catch(() => {
      if (this.#running?.stop === stop) this.#running = undefined;
    });
    return { stop, begun };
  }

  async #keep(watch: ShownWatch, first: DatabaseSession, alarm: Alarm, signal: AbortSignal): Promise<void> {
    let session = first;
    while (!signal.aborted) {
      await alarm.wait(checkMs, signal);
      alarm.reset();
      if (signal.aborted) break;
      try {
        if (session.lost.aborted) session = await this.#listen(alarm);
        await watch.follow();
      } catch (error) {
        this.#log.warn({ err: error }, 'changes of the pages cannot be watched; trying again');
      }
    }
    watch.stop();
    await session.end();
  }

  async #listen(alarm: Alarm): Promise<DatabaseSession> {
    const session = await DatabaseSession.open(this.#database);
    await session.listen('mypage_generation', () => alarm.ring());
    return session;
  }
}
