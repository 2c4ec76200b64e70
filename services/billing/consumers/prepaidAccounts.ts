import { AccountOpenedSchema } from '#proto/billing/v1/events';
import type { Transaction } from '#shared/database/database';
import { newId } from '#shared/ids';
import { emit } from '#shared/outbox/outbox';
import { findPrepaidAccounts } from '../ledger/store/findAccounts.ts';
import { accountToProto } from '../rpc/convert.ts';
import { insertAccount } from '../store/accounts.ts';

/** Finds the oldest prepaid account of each customer in each currency, and opens the ones that are missing. Nothing is locked. */
export async function prepaidAccounts(
  tx: Transaction,
  wanted: readonly { customerId: string; currency: string }[],
  now: Date,
): Promise<(customerId: string, currency: string) => string> {
  const nameOf = (customerId: string, currency: string) => `${currency} ${customerId}`;
  const owners = new Map(wanted.map((owner) => [nameOf(owner.customerId, owner.currency), owner]));
  const accounts = await findPrepaidAccounts(tx, [...owners.keys()]);
  for (const [name, owner] of owners) {
    if (!accounts.has(name)) accounts.set(name, await open(tx, owner, now));
  }
  return (customerId, currency) => {
    const id = accounts.get(nameOf(customerId, currency));
    if (id === undefined) throw new Error(`unreachable: ${customerId} has an account in ${currency}`);
    return id;
  };
}

/** Whether billing has heard of the customer does not matter, as for the accounts of lines: ordering, which asks, knows the customer. */
async function open(
  tx: Transaction,
  { customerId, currency }: { customerId: string; currency: string },
  createTime: Date,
): Promise<string> {
  const head = { id: newId(), customerId, currency, kind: 'PREPAID', openedForLine: undefined, createTime } as const;
  const account = await insertAccount(tx, head);
  await emit(tx, AccountOpenedSchema, { account: accountToProto(account) });
  return account.id;
}
