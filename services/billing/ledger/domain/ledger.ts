/** A side of the company's books. */
export type Ledger = 'PREPAID' | 'RECEIVABLE' | 'CASH' | 'REVENUE' | 'TAX' | 'PROMOTION';

/** What an entry of the journal is posted for. */
export type EntryCause =
  | 'TOP_UP'
  | 'WITHDRAWAL'
  | 'PAYMENT'
  | 'DEBIT'
  | 'GRANT'
  | 'REFUND'
  | 'CREDIT_EXPIRY'
  | 'INVOICE'
  | 'COMMIT'
  | 'FORFEITURE'
  | 'REINSTATEMENT'
  | ChargeCause;

/** What happens to an account when a payment method pays at once: a sale is owed for a moment and then paid, and both can be taken back. */
export type ChargeCause = 'CHARGE' | 'CAPTURE' | 'CHARGE_REFUND' | 'PAYOUT';

/** What changes an account: entries, and what only sets aside or gives back. */
export type BalanceCause = EntryCause | 'RESERVE' | 'RELEASE' | 'RESERVATION_EXPIRY';

/** A line of an entry: debit above zero, credit below, in minor units. */
export interface Line {
  ledger: Ledger;
  /** The customer's account; undefined for the company's own ledgers. */
  accountId: string | undefined;
  currency: string;
  minor: bigint;
}

/** An entry about to be posted. Its lines sum to zero per currency. */
export interface NewEntry {
  id: string;
  time: Date;
  cause: EntryCause;
  causeId: string;
  memo: string;
  lines: Line[];
}

/** What an entry did to one account. */
export interface AccountEntry {
  id: string;
  accountId: string;
  currency: string;
  position: bigint;
  time: Date;
  cause: EntryCause;
  causeId: string;
  memo: string;
  /** By how much the balance changed. */
  minor: bigint;
  /** The balance behind it. */
  balance: bigint;
}
