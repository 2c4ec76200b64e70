import type { Account } from '../../domain/account.ts';
import type { Credit } from './credits.ts';
import type { AccountEntry, BalanceCause, NewEntry } from './ledger.ts';
import type { Reservation } from './reservation.ts';

/** An entry with what each of its lines did to its account; undefined for lines of the company's own ledgers. */
export interface Posting {
  entry: NewEntry;
  accountEntries: (AccountEntry | undefined)[];
}

/** The account behind a change, and what changed it. */
export interface BalanceChange {
  account: Account;
  cause: BalanceCause;
  causeId: string;
  /** Absent where only reservations changed. */
  entry?: AccountEntry;
  lines?: NewEntry['lines'];
  traceparent?: string | null;
}

/** What a book has gathered to be written: each reservation and credit once, however often it changed. */
export class BookChanges {
  readonly newReservations = new Map<string, Reservation>();
  readonly reservations = new Map<string, Reservation>();
  readonly newCredits = new Map<string, Credit>();
  /** By how much what is left of each older credit changed. */
  readonly credits = new Map<string, bigint>();
  readonly postings: Posting[] = [];
  readonly #balanceChanges: BalanceChange[] = [];
  readonly #reservedOnly = new Map<string, BalanceChange>();

  get isEmpty(): boolean {
    // Credits never change alone.
    return this.postings.length === 0 && this.newReservations.size === 0 && this.reservations.size === 0;
  }

  /**
   * For the events, in the order of the accounts' entries. Where only reservations changed behind an account's last entry, one change
   * that carries the last cause stands for all of them; those before an entry are in the account that the entry's change carries.
   */
  get balanceChanges(): BalanceChange[] {
    return [...this.#balanceChanges, ...this.#reservedOnly.values()];
  }

  held(reservation: Reservation): void {
    this.newReservations.set(reservation.id, reservation);
  }

  reservation(changed: Reservation): void {
    const own = this.newReservations.has(changed.id) ? this.newReservations : this.reservations;
    own.set(changed.id, changed);
  }

  newCredit(credit: Credit): void {
    this.newCredits.set(credit.id, credit);
  }

  credit(changed: Credit, minor: bigint): void {
    if (this.newCredits.has(changed.id)) this.newCredits.set(changed.id, changed);
    else this.credits.set(changed.id, (this.credits.get(changed.id) ?? 0n) + minor);
  }

  reservedOnly(account: Account, cause: Omit<BalanceChange, 'account'>): void {
    this.#reservedOnly.set(account.id, { account, ...cause });
  }

  posted(
    entry: NewEntry,
    accountEntries: Posting['accountEntries'],
    accountOf: (id: string) => Account,
    traceparent?: string | null,
  ): void {
    this.postings.push({ entry, accountEntries });
    const { cause, causeId, lines } = entry;
    for (const accountEntry of accountEntries) {
      if (!accountEntry) continue;
      this.#reservedOnly.delete(accountEntry.accountId);
      this.#balanceChanges.push({
        account: accountOf(accountEntry.accountId),
        cause,
        causeId,
        entry: accountEntry,
        lines,
        traceparent: traceparent ?? null,
      });
    }
  }
}
