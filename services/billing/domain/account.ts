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
  revision: bigint;
  createTime: Date;
}

/** Why a line cannot be charged to an account; undefined if it can. */
export function refusalOf(
  account: Account | undefined,
  line: { customerId: string; currency: string },
): Reason | undefined {
  if (!account) return 'ACCOUNT_NOT_FOUND';
  const fits =
    account.customerId === line.customerId && account.currency === line.currency && account.kind === 'POSTPAID';
  return fits ? undefined : 'ACCOUNT_MISMATCH';
}
