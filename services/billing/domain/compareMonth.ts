import { byComponent, type ComponentAmount, type ComponentDifference, componentDifferences } from './adjustment.ts';
import type { ChargedLine } from './chargeLine.ts';

/** What a line was charged for a month so far: on the month's invoice, and by the adjustments since. */
export interface ChargedMonth {
  /** Empty if nothing was. */
  offeringId: string;
  usageBytes: bigint;
  components: readonly ComponentAmount[];
}

export const nothingCharged: ChargedMonth = { offeringId: '', usageBytes: 0n, components: [] };

/** How what a month comes to differs from what was charged for it. Amounts in minor units, without tax. */
export interface MonthDifference {
  lineId: string;
  offeringId: string;
  usageBytesBefore: bigint;
  usageBytes: bigint;
  before: bigint;
  now: bigint;
  components: ComponentDifference[];
}

/** Undefined where the month is what was charged, in volume, amounts and quantities. */
export function compareMonth(before: ChargedMonth, now: ChargedLine): MonthDifference | undefined {
  const components = componentDifferences(before.components, now.charges);
  if (components.length === 0 && before.usageBytes === now.usageBytes) return undefined;
  return {
    lineId: now.lineId,
    offeringId: now.offeringId,
    usageBytesBefore: before.usageBytes,
    usageBytes: now.usageBytes,
    before: byComponent(before.components).reduce((sum, { amount }) => sum + amount, 0n),
    now: now.subtotal,
    components,
  };
}
