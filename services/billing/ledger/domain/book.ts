import { Fault } from '#shared/errors/fault';
import type { Account } from '../../domain/account.ts';
import { BookChanges } from './bookChanges.ts';
import type { Credit, CreditPart } from './credits.ts';
import type { Effect } from './effect.ts';
import type { AccountEntry, BalanceCause, NewEntry } from './ledger.ts';
import type { Reservation } from './reservation.ts';

/** Why something changes. */
export interface Caused {
  cause: BalanceCause;
  causeId: string;
  /** The trace of whoever sent the command. */
  traceparent?: string | null;
}

/**
 * The accounts of a transaction as they stand after the commands decided so far, with what has changed since they were locked.
 * Decisions read it and answer with effects; only `apply` changes it.
 */
export class Book {
  readonly #accounts: Map<string, Account>;
  readonly #reservations: Map<string, Reservation>;
  readonly #credits: Map<string, Credit>;
  readonly changes = new BookChanges();

  constructor(content: { accounts: Account[]; reservations?: Reservation[]; credits?: Credit[] }) {
    this.#accounts = byId(content.accounts);
    this.#reservations = byId(content.reservations ?? []);
    this.#credits = byId(content.credits ?? []);
  }

  account(id: string): Account {
    const account = this.#accounts.get(id);
    if (!account) throw accountNotFound(id);
    return account;
  }

  /** Refuses an account of anybody else in the words of one that does not exist. */
  requireOwned(id: string, ownerId: string): void {
    if (this.account(id).customerId !== ownerId) throw accountNotFound(id);
  }

  prepaid(id: string): Account {
    const account = this.account(id);
    if (account.kind === 'PREPAID') return account;
    throw new Fault('ACCOUNT_MISMATCH', {
      message: `account ${id} is paid after use`,
      metadata: { kind: account.kind },
    });
  }

  reservation(id: string): Reservation {
    const reservation = this.#reservations.get(id);
    if (!reservation) throw new Fault('RESERVATION_NOT_FOUND', { message: `no reservation ${id}` });
    return reservation;
  }

  /** What an entry posted here did to an account. */
  entry(id: string, accountId: string): AccountEntry {
    const posting = this.changes.postings.findLast(({ entry }) => entry.id === id);
    const entry = posting?.accountEntries.find((each) => each?.accountId === accountId);
    if (!entry) throw new Error(`entry ${id} is not in the book`);
    return entry;
  }

  credit(id: string): Credit | undefined {
    return this.#credits.get(id);
  }

  /** What is left of an account's credits, in the order of their ends. */
  credits(accountId: string): Credit[] {
    // Most accounts have none, and the look for them is paid by every command.
    if (this.account(accountId).expiring === 0n) return [];
    return [...this.#credits.values()]
      .filter((credit) => credit.accountId === accountId && credit.remaining > 0n)
      .sort((a, b) => a.expireTime.getTime() - b.expireTime.getTime() || (a.id < b.id ? -1 : 1));
  }

  apply(effects: readonly Effect[], cause: Caused): void {
    for (const effect of effects) this.#apply(effect, cause);
  }

  #apply(effect: Effect, cause: Caused): void {
    switch (effect.kind) {
      case 'hold':
        this.#hold(effect.reservation, cause);
        break;
      case 'end':
        this.#end(effect, cause);
        break;
      case 'refund':
        this.#refund(effect.reservationId, effect.minor);
        break;
      case 'post':
        this.#post(effect.entry, cause);
        break;
      case 'open-credit':
        this.#openCredit(effect.credit);
        break;
      case 'take-credits':
        this.#moveCredits(effect.parts, -1n);
        break;
      case 'give-credits':
        this.#moveCredits(effect.parts, 1n);
        break;
      default:
        effect satisfies never;
    }
  }

  #hold(reservation: Reservation, cause: Caused): void {
    this.#reservations.set(reservation.id, reservation);
    this.changes.held(reservation);
    this.#reserve(reservation.accountId, reservation.minor, cause);
  }

  #end({ reservationId, state, committed, tax }: Extract<Effect, { kind: 'end' }>, cause: Caused): void {
    const ended = { ...this.reservation(reservationId), state, committed, tax };
    this.#reservations.set(reservationId, ended);
    this.changes.reservation(ended);
    this.#reserve(ended.accountId, -ended.minor, cause);
  }

  #refund(reservationId: string, minor: bigint): void {
    const reservation = this.reservation(reservationId);
    const refunded = { ...reservation, refunded: reservation.refunded + minor };
    this.#reservations.set(reservationId, refunded);
    this.changes.reservation(refunded);
  }

  #openCredit(credit: Credit): void {
    this.#credits.set(credit.id, credit);
    this.changes.newCredit(credit);
    this.#expiring(credit.accountId, credit.remaining);
  }

  #reserve(accountId: string, minor: bigint, cause: Caused): void {
    const account = this.account(accountId);
    const changed = { ...account, reserved: account.reserved + minor, revision: account.revision + 1n };
    this.#accounts.set(accountId, changed);
    this.changes.reservedOnly(changed, cause);
  }

  #post(entry: NewEntry, { traceparent }: Caused): void {
    const accountEntries = entry.lines.map((line): AccountEntry | undefined => {
      if (line.accountId === undefined) return undefined;
      const account = this.account(line.accountId);
      const minor = account.kind === 'PREPAID' ? -line.minor : line.minor;
      const balance = account.balance + minor;
      const position = account.entries + 1n;
      this.#accounts.set(account.id, { ...account, balance, entries: position, revision: account.revision + 1n });
      const { id, time, cause, causeId, memo } = entry;
      return {
        id,
        accountId: account.id,
        currency: line.currency,
        position,
        time,
        cause,
        causeId,
        memo,
        minor,
        balance,
      };
    });
    this.changes.posted(entry, accountEntries, (id) => this.account(id), traceparent);
  }

  #moveCredits(parts: readonly CreditPart[], sign: bigint): void {
    for (const { creditId, minor } of parts) {
      const credit = this.#credits.get(creditId);
      if (!credit) throw new Error(`credit ${creditId} is not in the book`);
      const changed = { ...credit, remaining: credit.remaining + sign * minor };
      this.#credits.set(creditId, changed);
      this.changes.credit(changed, sign * minor);
      this.#expiring(credit.accountId, sign * minor);
    }
  }

  #expiring(accountId: string, minor: bigint): void {
    const account = this.account(accountId);
    this.#accounts.set(accountId, { ...account, expiring: account.expiring + minor });
  }
}

function byId<T extends { id: string }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}

function accountNotFound(id: string): Fault {
  return new Fault('ACCOUNT_NOT_FOUND', { message: `no account ${id}` });
}
