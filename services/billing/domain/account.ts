import type { Reason } from '#shared/errors/fault';

export type AccountKind = 'PREPAID' | 'POSTPAID';

/** A customer's account in one currency; the balance in minor units. */
export interface Account {
  id: string;
  customerId: string;
  currency: string;
  kind: AccountKind;
  /** Postpaid: what the customer owes. Prepaid: what the customer has. */
  balance: bigint;
  /** Prepaid: the part of the balance that reservations hold. */
  reserved: bigint;
  /** Prepaid: what is left of credits that expire, as far as it is not reserved. */
  expiring: bigint;
  /** How many entries of the journal moved it: the position of the last one. */
  entries: bigint;
  revision: bigint;
  createTime: Date;
}

/** What can be spent, in minor units. */
export function available({ kind, balance, reserved }: Account): bigint {
  return kind === 'PREPAID' ? balance - reserved : 0n;
}

/**
 * Why a line cannot be charged to an account; undefined if it can. An account of anybody else is refused in the words of one that does not
 * exist: whoever orders the line reads the reason.
 */
export function refusalOf(
  account: Account | undefined,
  line: { customerId: string; currency: string },
): Reason | undefined {
  if (account?.customerId !== line.customerId) return 'ACCOUNT_NOT_FOUND';
  return account.currency === line.currency && account.kind === 'POSTPAID' ? undefined : 'ACCOUNT_MISMATCH';
}
