// What the gateway answers, as proto3 JSON: int64 are strings, and fields at their default are left out.

export interface Money {
  readonly currency: string;
  readonly amount: string;
}

export interface Customer {
  readonly id: string;
  readonly displayName: string;
  readonly email?: string;
}

export interface Line {
  readonly id: string;
  readonly customerId: string;
  readonly serviceNumber: string;
  readonly accountId?: string;
  readonly state: string;
  readonly pendingOrderId?: string;
  readonly etag?: string;
}

export interface Order {
  readonly id: string;
  readonly subjectId: string;
  readonly action: string;
  readonly state: string;
  readonly stateReason?: string;
  readonly history: readonly {
    readonly state: string;
    readonly reason?: string;
    readonly time: string;
  }[];
}

export interface UsageFile {
  readonly id: string;
  readonly state: string;
  readonly source?: string;
  readonly recordsRead?: string;
  readonly rated?: string;
  readonly duplicate?: string;
  readonly rejected?: string;
  readonly late?: string;
  readonly rejectionsByReason?: Readonly<Record<string, string>>;
  readonly ratedBytes?: string;
  readonly stateReason?: string;
}

export interface Period {
  readonly business: string;
  readonly period: string;
  readonly state: string;
  readonly lines?: string;
  readonly moved?: string;
  readonly invoiced?: string;
  readonly movedBytes?: string;
}

export interface InvoiceLine {
  readonly description: string;
  readonly component: string;
  readonly quantity: string;
  readonly amount: Money;
  readonly lineId: string;
  readonly serviceNumber: string;
  readonly metric?: string;
  readonly offeringId?: string;
}

export interface Invoice {
  readonly id: string;
  readonly number: string;
  readonly customerId: string;
  readonly accountId: string;
  readonly customerName?: string;
  readonly email?: string;
  readonly address?: string;
  readonly state: string;
  readonly lines?: readonly InvoiceLine[];
  readonly subtotal: Money;
  readonly tax: Money;
  readonly total: Money;
}

export interface Settlement {
  readonly state: string;
  readonly products?: readonly {
    readonly offeringId: string;
    readonly lines?: string;
    readonly usageBytes?: string;
    readonly charges: Money;
  }[];
  readonly totalUsageBytes?: string;
  readonly totalCharges: Money;
  readonly totalTax: Money;
  readonly totalInvoiced: Money;
  readonly invoices?: string;
  readonly lines?: string;
  readonly customers?: string;
  readonly differences?: readonly {
    readonly figure: string;
    readonly source: string;
    readonly expected?: string;
    readonly actual?: string;
  }[];
}

export interface Message {
  readonly id: string;
  readonly customerId?: string;
  readonly channel: string;
  readonly to: string;
  readonly template: string;
  readonly subject?: string;
  readonly body: string;
  readonly state: string;
  readonly attachments?: readonly string[];
  readonly lastError?: string;
}

/** An int64 of proto3 JSON. */
export function count(value: string | undefined): number {
  return Number(value ?? '0');
}
