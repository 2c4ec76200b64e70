import { decimal, exactText } from '#shared/money/decimal';
import { taxOn } from '#shared/pricing/tax';
import type { Adjustment } from './adjustment.ts';
import type { ChargedLine, Taxable } from './chargeLine.ts';
import { type Tariffs, tariffOf } from './portion.ts';

/** An invoice before it has a number; amounts in minor units. */
export interface InvoiceDraft {
  accountId: string;
  /** 1, and more only where an account has more than one invoice in a run. */
  part: number;
  currency: string;
  lines: readonly ChargedLine[];
  /** What it charges or credits for earlier months. */
  adjustments: readonly Adjustment[];
  subtotal: bigint;
  tax: bigint;
  total: bigint;
}

/**
 * What an account owes for a month, with what earlier months differ by; below zero where those are credited with more than the month costs.
 * Tax is rounded once per tax rate, on the sum of the rounded charges.
 */
export function draftInvoice(
  { accountId, part, currency }: { accountId: string; part: number; currency: string },
  lines: readonly ChargedLine[],
  adjustments: readonly Adjustment[],
  tariffs: Tariffs,
): InvoiceDraft {
  const subtotal =
    lines.reduce((sum, line) => sum + line.subtotal, 0n) + adjustments.reduce((sum, { charges }) => sum + charges, 0n);
  const taxable = [
    ...lines.flatMap((line) => line.taxable),
    ...adjustments.flatMap((each) => taxableOf(each, tariffs)),
  ];
  const tax = taxesOf(taxable, currency).reduce((sum, { minor }) => sum + minor, 0n);
  return { accountId, part, currency, lines, adjustments, subtotal, tax, total: subtotal + tax };
}

export interface Tax {
  rate: string;
  taxable: bigint;
  minor: bigint;
}

/** The tax of each rate, on all that is taxed at it. */
export function taxesOf(parts: readonly Taxable[], currency: string): Tax[] {
  const sums = new Map<string, bigint>();
  for (const { rate, minor } of parts) sums.set(rate, (sums.get(rate) ?? 0n) + minor);
  return [...sums].map(([rate, taxable]) => ({
    rate,
    taxable,
    minor: taxOn({ currency, minor: taxable }, decimal(rate)).minor,
  }));
}

function taxableOf({ lines }: Adjustment, tariffs: Tariffs): Taxable[] {
  return lines.map(({ tariffId, amount }) => ({ rate: exactText(tariffOf(tariffId, tariffs).taxRate), minor: amount }));
}
