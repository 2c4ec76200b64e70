import type { Ledger } from './entry.ts';

/** Sums of one ledger in one currency, in minor units. */
export interface LedgerSum {
  ledger: Ledger;
  currency: string;
  debit: bigint;
  credit: bigint;
}

export interface CurrencyTrial {
  currency: string;
  debit: bigint;
  credit: bigint;
  ledgers: LedgerSum[];
}

/** The sums by currency, in the order of the codes, and whether debits equal credits in each. Currencies are never added up. */
export function trialOf(sums: readonly LedgerSum[]): { currencies: CurrencyTrial[]; balanced: boolean } {
  const moved = sums.filter(({ debit, credit }) => debit !== 0n || credit !== 0n);
  const currencies = [...Map.groupBy(moved, ({ currency }) => currency)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, ledgers]) => ({
      currency,
      debit: ledgers.reduce((sum, { debit }) => sum + debit, 0n),
      credit: ledgers.reduce((sum, { credit }) => sum + credit, 0n),
      ledgers,
    }));
  return { currencies, balanced: currencies.every(({ debit, credit }) => debit === credit) };
}
