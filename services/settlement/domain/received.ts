/** What an invoice adds to a month's sums; amounts in minor units of its one currency. */
export interface ReceivedInvoice {
  customerId: string;
  currency: string;
  subtotal: bigint;
  tax: bigint;
  total: bigint;
  /** One entry a line of service. */
  lines: readonly { offeringId: string; usageBytes: bigint; charges: bigint }[];
}

export interface OfferingSums {
  offeringId: string;
  lines: bigint;
  usageBytes: bigint;
  charges: bigint;
}

/** An invoice's entries summed by offering. */
export function byOffering(invoice: ReceivedInvoice): OfferingSums[] {
  const sums = new Map<string, OfferingSums>();
  for (const { offeringId, usageBytes, charges } of invoice.lines) {
    const sum = sums.get(offeringId) ?? { offeringId, lines: 0n, usageBytes: 0n, charges: 0n };
    sums.set(offeringId, {
      offeringId,
      lines: sum.lines + 1n,
      usageBytes: sum.usageBytes + usageBytes,
      charges: sum.charges + charges,
    });
  }
  return [...sums.values()];
}

/** The whole invoice as one sum. */
export function overAll(offerings: readonly OfferingSums[]): Omit<OfferingSums, 'offeringId'> {
  return offerings.reduce(
    (sum, each) => ({
      lines: sum.lines + each.lines,
      usageBytes: sum.usageBytes + each.usageBytes,
      charges: sum.charges + each.charges,
    }),
    { lines: 0n, usageBytes: 0n, charges: 0n },
  );
}
