import type { Money } from '#shared/money/money';
import type { AccountEntry } from './ledger.ts';

/** What somebody wants to happen to one prepaid account. Amounts are above zero; the account is found before. */
export type Command =
  /** Of nobody but the owner, where one is named. */
  | { kind: 'reserve'; accountId: string; ownerId?: string; amount: Money; holdMs: number }
  | { kind: 'commit'; reservationId: string; amount?: Money; tax?: Money; memo: string }
  | { kind: 'release'; reservationId: string }
  /** Gives an amount, as a credit that expires where it says so. */
  | {
      kind: 'give';
      cause: 'TOP_UP' | 'GRANT' | 'REFUND' | 'REINSTATEMENT';
      causeId?: string;
      accountId: string;
      amount: Money;
      expireTime?: Date;
      memo: string;
    }
  /** Gives back what a reservation spent. */
  | { kind: 'refund'; causeId: string; reservationId: string; amount: Money; memo: string }
  | {
      kind: 'spend';
      cause: 'DEBIT' | 'PAYMENT';
      causeId?: string;
      accountId: string;
      amount: Money;
      tax?: Money;
      memo: string;
      notAfter?: Date;
    }
  /** Takes as much of an amount as there is, which may be nothing. */
  | { kind: 'forfeit'; causeId: string; accountId: string; amount: Money; memo: string; notAfter?: Date }
  /** Pays out; credits that expire are gifts and stay. */
  | { kind: 'withdraw'; accountId: string; amount: Money; memo: string }
  | { kind: 'expire-reservation'; reservationId: string }
  | { kind: 'expire-credit'; accountId: string; creditId: string };

/** What a command that was not refused answers with: where the book says more. */
export type Answer =
  | { kind: 'reservation'; id: string }
  | { kind: 'entry'; id: string; accountId: string }
  /** There was nothing to move: the entry that the book did not get. */
  | { kind: 'no-entry'; entry: AccountEntry }
  | { kind: 'nothing' };

/** The present and new ids, as arguments. */
export interface Moment {
  now: Date;
  newId: () => string;
}
