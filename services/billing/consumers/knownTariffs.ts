import type { Transaction } from '#shared/database/database';
import { Retry } from '#shared/inbox/consumer';
import type { Tariff } from '#shared/pricing/tariff';
import { readTariff } from '../store/copies.ts';

/** Looks a tariff up for an order; undefined if it does not come either. Throws Retry while it is worth waiting for. */
export type KnownTariffs = (tx: Transaction, tariffId: string) => Promise<Tariff | undefined>;

/** Rating's and ordering's events reach billing on two ways, so an order may overtake its tariff. */
export function knownTariffs(waitMs: number): KnownTariffs {
  const patience = new Patience(waitMs);
  return async (tx, tariffId) => {
    const tariff = await readTariff(tx, tariffId);
    if (tariff) patience.forget(tariffId);
    else if (!patience.isOver(tariffId)) throw new Retry(`tariff ${tariffId} is not known yet`);
    return tariff;
  };
}

/**
 * The wait counts from when this process first missed the tariff: after an outage the order itself may be old. Orders that queue up for the
 * same tariff share one wait; with one each, a few of them would hold up everybody's orders past their time limit.
 */
class Patience {
  readonly #limitMs: number;
  readonly #waits = new Map<string, { since: number; over?: number }>();

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  isOver(tariffId: string): boolean {
    const now = performance.now();
    const wait = this.#waits.get(tariffId);
    // Some time after a wait in vain the tariff may have been made, so the next order begins a new one.
    if (!wait || (wait.over !== undefined && now - wait.over >= this.#limitMs)) {
      this.#waits.set(tariffId, { since: now });
      return this.#limitMs <= 0;
    }
    if (now - wait.since < this.#limitMs) return false;
    wait.over ??= now;
    return true;
  }

  forget(tariffId: string): void {
    this.#waits.delete(tariffId);
  }
}
