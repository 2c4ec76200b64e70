import { ChargeAccountOpenedSchema } from '#proto/billing/v1/events';
import type { Transaction } from '#shared/database/database';
import type { Reason } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import { emit } from '#shared/outbox/outbox';
import type { Tariff } from '#shared/pricing/tariff';
import type { Clock } from '#shared/runtime/service';
import { monthOf } from '#shared/time/month';
import { refusalOf } from '../domain/account.ts';
import { tariffRefusal } from '../domain/tariffUse.ts';
import { insertAccount, readAccount } from '../store/accounts.ts';
import { insertChange, insertChargeAccount } from '../store/chargeAccounts.ts';
import type { KnownTariffs } from './knownTariffs.ts';
import type { LineChange } from './lineChange.ts';

/** Opens the charge account of a new line; the reason if it cannot. */
export type OpenChargeAccount = (tx: Transaction, change: LineChange) => Promise<Reason | undefined>;

export interface OpeningOptions {
  clock: Clock;
  timeZone: string;
  tariffs: KnownTariffs;
}

export function openChargeAccount({ clock, timeZone, tariffs }: OpeningOptions): OpenChargeAccount {
  return async (tx, change) => {
    const { orderId, line, tariffId } = change;
    const tariff = await tariffs(tx, tariffId);
    if (!tariff) return 'TARIFF_NOT_FOUND';
    const refusal =
      tariffRefusal(tariff, monthOf(change.effectiveTime, timeZone), timeZone) ??
      (await accountRefusal(tx, change, tariff));
    if (refusal) return refusal;
    const accountId = line.accountId || (await openOwnAccount(tx, change, tariff, clock));
    await insertChargeAccount(tx, { ...line, lineId: line.id, accountId, tariffId });
    await insertChange(tx, orderId, line.id, { action: 'ACTIVATE', effectiveTime: change.effectiveTime });
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
