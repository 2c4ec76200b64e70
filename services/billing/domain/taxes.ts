import { decimal } from '#shared/money/decimal';
import { taxOn } from '#shared/pricing/tax';
import type { Taxable } from './chargeLine.ts';

export interface Tax {
  rate: string;
  taxable: bigint;
  minor: bigint;
}

/** The tax of each rate, rounded once on all that is taxed at it. */
export function taxesOf(parts: readonly Taxable[], currency: string): Tax[] {
  const sums = new Map<string, bigint>();
  for (const { rate, minor } of parts) sums.set(rate, (sums.get(rate) ?? 0n) + minor);
  return [...sums].map(([rate, taxable]) => ({
    rate,
    taxable,
    minor: taxOn({ currency, minor: taxable }, decimal(rate)).minor,
  }));
}
