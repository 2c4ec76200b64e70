import { decimal } from '#shared/money/decimal';
import { taxOn } from '#shared/pricing/tax';
import type { ChargedLine } from './chargeLine.ts';

/** An invoice before it has a number; amounts in minor units. */
export interface InvoiceDraft {
  accountId: string;
  /** 1, and more only where an account has more lines than one invoice holds. */
  part: number;
  currency: string;
  lines: readonly ChargedLine[];
  subtotal: bigint;
  tax: bigint;
  total: bigint;
}

/** What an account owes for a month. Tax is rounded once per tax rate, on the sum of the rounded charges. */
export function draftInvoice(
  accountId: string,
  part: number,
  currency: string,
  lines: readonly ChargedLine[],
): InvoiceDraft {
  const subtotal = lines.reduce((sum, line) => sum + line.subtotal, 0n);
  const tax = taxOf(lines, currency);
  return { accountId, part, currency, lines, subtotal, tax, total: subtotal + tax };
}

function taxOf(lines: readonly ChargedLine[], currency: string): bigint {
  const subtotals = new Map<string, bigint>();
  for (const { taxRate, subtotal } of lines) subtotals.set(taxRate, (subtotals.get(taxRate) ?? 0n) + subtotal);
  let tax = 0n;
  for (const [rate, minor] of subtotals) tax += taxOn({ currency, minor }, decimal(rate)).minor;
  return tax;
}
