import type { Charge } from './chargeLine.ts';
import type { InvoiceLine } from './invoice.ts';
import type { Portion, Quantities } from './portion.ts';

/** What an invoice charges, line of service by line of service. */
export interface InvoiceContent {
  /** In the order of their ids; also those without charges. */
  lines: BilledLine[];
  /** What is charged or credited for earlier months. */
  adjustments: InvoiceLine[];
}

/** A line of service on an invoice: what was handed over, by what it was priced, and what it is charged. */
export interface BilledLine {
  lineId: string;
  serviceNumber: string;
  offeringId: string;
  usageBytes: bigint;
  totals: Quantities;
  records: bigint;
  /** None for a line without charges from before it was kept what priced a line. */
  portions: readonly Portion[];
  charges: Charge[];
}

/** The charges as the invoice shows them: those of its month, and behind them those for earlier months. */
export function invoiceLines({ lines, adjustments }: InvoiceContent): InvoiceLine[] {
  const charged = lines.flatMap(({ lineId, serviceNumber, charges }) =>
    charges.map((charge): InvoiceLine => ({ ...charge, lineId, serviceNumber, adjustedPeriod: undefined })),
  );
  return [...charged, ...adjustments];
}

/** The sum of a line's charges, in minor units. */
export function subtotalOf({ charges }: BilledLine): bigint {
  return charges.reduce((sum, { amount }) => sum + amount, 0n);
}
