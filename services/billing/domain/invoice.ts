import type { Charge } from './chargeLine.ts';

export type InvoiceState = 'ISSUED' | 'PAID' | 'VOID';

/** An issued invoice; amounts in minor units. */
export interface Invoice {
  id: string;
  business: string;
  /** Gapless within the business, from 1. */
  number: bigint;
  customerId: string;
  accountId: string;
  period: string;
  state: InvoiceState;
  currency: string;
  subtotal: bigint;
  tax: bigint;
  total: bigint;
  issueTime: Date;
  customerName: string;
  email: string;
  address: string;
  lines: InvoiceLine[];
}

/** One charge with the line of service that it is for. */
export interface InvoiceLine extends Charge {
  lineId: string;
  serviceNumber: string;
  /** The earlier month that it adjusts; undefined for a charge of the invoice's own month. */
  adjustedPeriod: string | undefined;
}

/** A number as printed: `<BUSINESS>-00000042`. */
export function numberText(business: string, number: bigint): string {
  return `${business.toUpperCase()}-${number.toString().padStart(8, '0')}`;
}
