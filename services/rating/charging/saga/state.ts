import type { Transaction } from '#shared/database/database';
import { decimal, exactText } from '#shared/money/decimal';
import type { Tariff } from '#shared/pricing/tariff';
import type { Meter } from '../domain/meter.ts';
import type { Payment } from '../domain/payment.ts';
import type { Session } from '../domain/session.ts';
import { meterOf, readTariff } from '../pricing.ts';
import { lockSession } from '../store/sessions.ts';

/** A session, locked, with its tariff and what it is priced by. */
export interface Metered {
  session: Session;
  tariff: Tariff;
  meter: Meter;
}

export async function lockMetered(tx: Transaction, id: string, timeZone: string): Promise<Metered> {
  const session = await lockedSession(tx, id);
  const tariff = await readTariff(tx, session.tariffId);
  return { session, tariff, meter: meterOf(tariff, session.metric, session.stretches, timeZone) };
}

export async function lockedSession(tx: Transaction, id: string): Promise<Session> {
  const session = await lockSession(tx, id);
  if (!session) throw new Error(`charging session ${id} is gone`);
  return session;
}

export function paymentToData({ units, amount, tax }: Payment): { units: string; amount: string; tax: string } {
  return { units: exactText(units), amount: String(amount), tax: String(tax) };
}

export function paymentFromData(data: { units: string; amount: string; tax: string } | undefined): Payment {
  if (!data) throw new Error('there is nothing to pay');
  return { units: decimal(data.units), amount: BigInt(data.amount), tax: BigInt(data.tax) };
}
