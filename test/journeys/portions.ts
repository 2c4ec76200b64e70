import { randomUUID } from 'node:crypto';
import type { Api } from '../../deploy/local/sample/api.ts';
import type { Invoice, Money } from '../../deploy/local/sample/resources.ts';
import { DAYS } from './billedMonth.ts';
import { MONTH, moment } from './business.ts';

/** One charge of a preview or a simulation. */
export interface Charge {
  readonly component: string;
  readonly amount: Money;
  readonly firstDay?: number;
  readonly lastDay?: number;
}

export interface Preview {
  readonly lines?: string;
  readonly usageBytes?: string;
  readonly charges?: readonly Money[];
  readonly linePreviews?: readonly { lineId: string; offeringId: string; charges?: readonly Charge[]; amount: Money }[];
  readonly faults?: readonly object[];
}

export interface Difference {
  readonly lineId: string;
  readonly amountBefore: Money;
  readonly amount: Money;
  readonly difference: Money;
}

export interface Rerated {
  readonly dryRun?: boolean;
  readonly lines?: string;
  readonly linesDifferent?: string;
  readonly amount?: readonly Money[];
  readonly differences?: readonly Difference[];
}

/** A version of a business's tariff that is in force from a day of the month on. */
export function addVersion(api: Api, tariffId: string, day: number, components: readonly object[]): Promise<unknown> {
  const version = { effectiveTime: moment(MONTH, day), components };
  return api.post(`/v1/tariffs/${tariffId}:addVersion`, version, randomUUID());
}

/** Adds an offering with a tariff of its own to a business that is there. */
export async function newOffering(api: Api, business: string, components: readonly object[], currency = 'KRW') {
  const id = `${business}-${randomUUID().slice(0, 8)}`;
  const tariff = { id, displayName: id, currency, taxRate: '0.1', versions: [{ components }] };
  await api.post('/v1/tariffs', tariff, randomUUID());
  const offering = { id, business, kind: 'OFFERING_KIND_LINE', displayName: id, tariffId: id };
  await api.post('/v1/offerings', offering, randomUUID());
  return id;
}

export const fee = (amount: string) => ({ name: 'fee', recurring: { amount, proration: 'PRORATION_DAILY' } });
export const perByte = (unitPrice: string, more: object = {}) => ({
  name: 'data',
  metric: 'bytes',
  perUnit: { unitPrice },
  ...more,
});

/** Days of the month that a stretch holds, over all of them: what a fee or an allowance counts for in it. */
export const share = (days: number, of: number) => (of * days) / DAYS;

/** HALF_UP, as an invoice rounds once a charge. */
export const rounded = (amount: number) => Math.floor(amount + 0.5);

/** What a line is charged on an invoice, component by component in the order of the invoice. */
export function chargesOf(invoices: readonly Invoice[], lineId: string): [string, number][] {
  return invoices
    .flatMap(({ lines = [] }) => lines)
    .filter((line) => line.lineId === lineId)
    .map(({ component, amount }) => [component, Number(amount.amount)]);
}

export function preview(api: Api, business: string, month = MONTH): Promise<Preview> {
  return api.post<Preview>(`/v1/periods/${month}:preview`, { business });
}

export function rerate(api: Api, business: string, more: object = {}): Promise<Rerated> {
  return api.post<Rerated>(`/v1/periods/${MONTH}:rerate`, { business, ...more }, randomUUID());
}
