import type { BalanceCause, Ledger as ProtoLedger } from '#proto/billing/v1/entry';

/** A side of the company's books, by its name in the contract. */
export type Ledger = Exclude<keyof typeof ProtoLedger, 'UNSPECIFIED'>;

/** What an entry was posted for, by its name in the contract. */
export type EntryCause = Exclude<
  keyof typeof BalanceCause,
  'UNSPECIFIED' | 'RESERVE' | 'RELEASE' | 'RESERVATION_EXPIRY'
>;

/** Debit above zero, credit below, in minor units. */
export interface Line {
  ledger: Ledger;
  /** The customer's account; empty for the company's own ledgers. */
  accountId: string;
  currency: string;
  minor: bigint;
}

/** What both books say about an entry. */
export interface BookEntry {
  id: string;
  time: Date;
  cause: EntryCause;
  causeId: string;
  lines: Line[];
}

/** An entry of the company's journal. */
export interface JournalEntry extends BookEntry {
  memo: string;
  /** The one account that it moves, and whose that is. */
  accountId: string;
  customerId: string;
  /** Which of the account's entries it is, from 1. */
  position: bigint;
}

/** What contradicts double entry in an entry, in words; undefined when nothing does. */
export function contradictionIn({ accountId, position, lines }: JournalEntry): string | undefined {
  if (lines.length < 2) return 'an entry has at least two lines';
  if (lines.some(({ minor }) => minor === 0n)) return 'a line of zero moves nothing';
  if (position < 1n) return `position ${position} is not one`;
  const ofCustomers = lines.filter(({ ledger }) => ledger === 'PREPAID' || ledger === 'RECEIVABLE');
  if (ofCustomers.some((line) => line.accountId !== accountId)) return 'a line is of another account';
  if (lines.some((line) => line.accountId !== '' && !ofCustomers.includes(line))) {
    return 'a line of a company ledger names an account';
  }
  for (const [currency, own] of Map.groupBy(lines, (line) => line.currency)) {
    const sum = own.reduce((total, { minor }) => total + minor, 0n);
    if (sum !== 0n) return `the lines in ${currency} do not sum to zero but to ${sum}`;
  }
  return undefined;
}
