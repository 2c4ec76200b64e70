import type { Transaction } from '#shared/database/database';
import type { Reason } from '#shared/errors/fault';
import { monthOf } from '#shared/time/month';
import { tariffRefusal } from '../domain/tariffUse.ts';
import { insertOfferingChange, lockChargeAccount } from '../store/chargeAccounts.ts';
import type { KnownTariffs } from './knownTariffs.ts';

export interface OfferingChange {
  orderId: string;
  lineId: string;
  effectiveTime: Date;
  offeringId: string;
  tariffId: string;
}

/** Gives a line another offering from a time on; the reason if it cannot. */
export type ChangeOffering = (tx: Transaction, change: OfferingChange) => Promise<Reason | undefined>;

export function changeOffering(tariffs: KnownTariffs, timeZone: string): ChangeOffering {
  return async (tx, change) => {
    const tariff = await tariffs(tx, change.tariffId);
    if (!tariff) return 'TARIFF_NOT_FOUND';
    const account = await lockChargeAccount(tx, change.lineId);
    if (!account) return 'CHARGE_ACCOUNT_NOT_FOUND';
    const refusal = tariffRefusal(tariff, monthOf(change.effectiveTime, timeZone), timeZone);
    if (refusal) return refusal;
    if (tariff.currency !== account.currency) return 'OFFERING_MISMATCH';
    await insertOfferingChange(tx, change);
    return undefined;
  };
}
