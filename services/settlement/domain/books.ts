/** A business and a month: what one settlement is about. */
export interface SettlementKey {
  business: string;
  /** Such as `2026-11`. */
  period: string;
}

/** Sums of invoices in one currency, in its minor units. */
export interface Totals {
  currency: string;
  subtotal: bigint;
  tax: bigint;
  total: bigint;
}

/** Sums of one offering in one currency; charges in minor units, without tax. */
export interface ProductSums {
  offeringId: string;
  currency: string;
  lines: bigint;
  usageBytes: bigint;
  charges: bigint;
  /** Of the charges, those that adjust earlier months. */
  adjustmentCharges: bigint;
  /** The volume of those, which is not part of the month's. */
  adjustmentUsageBytes: bigint;
}

/** Whether the month's invoices charge or credit the product for earlier months. */
export function isAdjusted({ adjustmentCharges, adjustmentUsageBytes }: ProductSums): boolean {
  return adjustmentCharges !== 0n || adjustmentUsageBytes !== 0n;
}

/** Sums of one customer in one currency; charges in minor units, without tax. */
export interface CustomerSums {
  customerId: string;
  currency: string;
  invoices: bigint;
  lines: bigint;
  usageBytes: bigint;
  charges: bigint;
}

/** What settlement itself counted from the invoices it received. */
export interface OwnBook {
  invoices: bigint;
  lines: bigint;
  usageBytes: bigint;
  totals: readonly Totals[];
  products: readonly ProductSums[];
}

/** What rating handed over when it closed the month. */
export interface RatingBook {
  lines: bigint;
  usageBytes: bigint;
  offerings: readonly { offeringId: string; lines: bigint; usageBytes: bigint }[];
}

/** What billing says it has invoiced when its bill run was over. */
export interface BillingBook {
  invoices: bigint;
  lines: bigint;
  usageBytes: bigint;
  totals: readonly Totals[];
}
