/** What an invoice adds to a month's sums; amounts in minor units of its one currency. */
export interface ReceivedInvoice {
  customerId: string;
  currency: string;
  subtotal: bigint;
  tax: bigint;
  total: bigint;
  /** One entry a line of service. */
  lines: readonly Charged[];
  /** What it charges for earlier months; below zero what it takes back. */
  adjustments: readonly Charged[];
}

interface Charged {
  offeringId: string;
  usageBytes: bigint;
  charges: bigint;
}

export interface OfferingSums {
  offeringId: string;
  lines: bigint;
  /** Volume of the month itself. */
  usageBytes: bigint;
  /** All charges, those for earlier months included. */
  charges: bigint;
  adjustmentCharges: bigint;
  adjustmentUsageBytes: bigint;
}

/** An invoice's entries summed by offering. */
export function byOffering(invoice: ReceivedInvoice): OfferingSums[] {
  const sums = new Map<string, OfferingSums>();
  const sumOf = (offeringId: string) => sums.get(offeringId) ?? { offeringId, ...nothing };
  for (const { offeringId, usageBytes, charges } of invoice.lines) {
    const sum = sumOf(offeringId);
    sums.set(offeringId, {
      ...sum,
      lines: sum.lines + 1n,
      usageBytes: sum.usageBytes + usageBytes,
      charges: sum.charges + charges,
    });
  }
  for (const { offeringId, usageBytes, charges } of invoice.adjustments) {
    const sum = sumOf(offeringId);
    sums.set(offeringId, {
      ...sum,
      charges: sum.charges + charges,
      adjustmentCharges: sum.adjustmentCharges + charges,
      adjustmentUsageBytes: sum.adjustmentUsageBytes + usageBytes,
    });
  }
  return [...sums.values()];
}

const nothing = { lines: 0n, usageBytes: 0n, charges: 0n, adjustmentCharges: 0n, adjustmentUsageBytes: 0n };

/** The whole invoice as one sum. */
export function overAll(offerings: readonly OfferingSums[]): Pick<OfferingSums, 'lines' | 'usageBytes' | 'charges'> {
  return offerings.reduce(
    (sum, each) => ({
      lines: sum.lines + each.lines,
      usageBytes: sum.usageBytes + each.usageBytes,
      charges: sum.charges + each.charges,
    }),
    { lines: 0n, usageBytes: 0n, charges: 0n },
  );
}
