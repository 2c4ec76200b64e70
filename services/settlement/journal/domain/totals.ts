import type { Ledger } from './entry.ts';

/** What a book says about a span of time as a whole. */
export interface BookTotals {
  entries: bigint;
  /** Tells the same entries from others whose sums are the same by chance. */
  digest: bigint;
  /** One for each ledger and currency that was moved; amounts as the contract writes them. */
  sums: readonly { ledger: Ledger; currency: string; debit: string; credit: string }[];
}

/** Whether two books agree on a span as far as their totals can tell. */
export function agree(a: BookTotals, b: BookTotals): boolean {
  return a.entries === b.entries && a.digest === b.digest && sumsOf(a) === sumsOf(b);
}

function sumsOf({ sums }: BookTotals): string {
  const texts = sums.map(({ ledger, currency, debit, credit }) => [ledger, currency, debit, credit].join(' '));
  return texts.sort().join('\n');
}
