import { ChargeAccountOpenedSchema } from '#proto/billing/v1/events';
import type { Transaction } from '#shared/database/database';
import type { Reason } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import { Retry } from '#shared/inbox/consumer';
import { emit } from '#shared/outbox/outbox';
import type { Tariff } from '#shared/pricing/tariff';
import type { Clock } from '#shared/runtime/service';
import { monthOf } from '#shared/time/month';
import { refusalOf } from '../domain/account.ts';
import { tariffRefusal } from '../domain/tariffUse.ts';
import { insertAccount, readAccount } from '../store/accounts.ts';
import { insertChange, insertChargeAccount } from '../store/chargeAccounts.ts';
import { readTariff } from '../store/copies.ts';
import type { LineChange } from './lineChangeRequested.ts';

/** Opens the charge account of a new line; the reason if it cannot. */
export type OpenChargeAccount = (tx: Transaction, change: LineChange) => Promise<Reason | undefined>;

export interface OpeningOptions {
  clock: Clock;
  timeZone: string;
  /** How long a tariff may take to arrive from rating, in milliseconds. */
  tariffWaitMs: number;
}

export function openChargeAccount({ clock, timeZone, tariffWaitMs }: OpeningOptions): OpenChargeAccount {
  const patience = new Patience(tariffWaitMs);
  return async (tx, change) => {
    const { orderId, line, tariffId } = change;
    const tariff = await readTariff(tx, tariffId);
    if (!tariff) {
      if (!patience.isOver(tariffId)) throw new Retry(`tariff ${tariffId} is not known yet`);
      return 'TARIFF_NOT_FOUND';
    }
    patience.forget(tariffId);
    const refusal =
      tariffRefusal(tariff, monthOf(change.effectiveTime, timeZone), timeZone) ??
      (await accountRefusal(tx, change, tariff));
    if (refusal) return refusal;
    const accountId = line.accountId || (await openOwnAccount(tx, change, tariff, clock));
    await insertChargeAccount(tx, { ...line, lineId: line.id, accountId, tariffId });
    await insertChange(tx, orderId, line.id, change);
    await emit(tx, ChargeAccountOpenedSchema, { lineId: line.id, orderId, accountId });
    return undefined;
  };
}

async function accountRefusal(tx: Transaction, { line }: LineChange, tariff: Tariff): Promise<Reason | undefined> {
  if (line.accountId === '') return undefined;
  const account = await readAccount(tx, line.accountId);
  return refusalOf(account, { customerId: line.customerId, currency: tariff.currency });
}

async function openOwnAccount(tx: Transaction, { line }: LineChange, tariff: Tariff, clock: Clock): Promise<string> {
  const { id } = await insertAccount(tx, {
    id: newId(),
    customerId: line.customerId,
    currency: tariff.currency,
    kind: 'POSTPAID',
    openedForLine: line.id,
    createTime: clock.now(),
  });
  return id;
}

/**
 * Rating's and ordering's events reach billing on two ways, so an order may overtake its tariff. The wait counts
 * from when this process first missed the tariff: after an outage the order itself may be old. Orders that queue up for the
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
