import { AccountOpenedSchema } from '#proto/billing/v1/events';
import type { Transaction } from '#shared/database/database';
import { newId } from '#shared/ids';
import { emit } from '#shared/outbox/outbox';
import { findPrepaidAccounts } from '../ledger/store/findAccounts.ts';
import { accountToProto } from '../rpc/convert.ts';
import { insertAccount } from '../store/accounts.ts';

/**
 * Finds the oldest prepaid account of each customer in each currency, and opens the ones that are missing. No account is locked; who opens
 * one keeps others from opening another one until the transaction ends.
 */
export async function prepaidAccounts(
  tx: Transaction,
  wanted: readonly { customerId: string; currency: string }[],
  now: Date,
): Promise<(customerId: string, currency: string) => string> {
  const nameOf = (customerId: string, currency: string) => `${currency} ${customerId}`;
  const owners = new Map(wanted.map((owner) => [nameOf(owner.customerId, owner.currency), owner]));
  const accounts = await findPrepaidAccounts(tx, [...owners.keys()]);
  // In one order, so that two transactions never wait for each other.
  for (const [name, owner] of [...owners].sort(([one], [other]) => (one < other ? -1 : 1))) {
    if (!accounts.has(name)) accounts.set(name, await findOrOpen(tx, name, owner, now));
  }
  return (customerId, currency) => {
    const id = accounts.get(nameOf(customerId, currency));
    if (id === undefined) throw new Error(`unreachable: ${customerId} has an account in ${currency}`);
    return id;
  };
}

/**
 * Two first gifts to a customer open one account: the second waits here, and then finds it. A consumer is alone as a rule, but events that are
 * sent again come beside the others.
 */
async function findOrOpen(
  tx: Transaction,
  name: string,
  owner: { customerId: string; currency: string },
  now: Date,
): Promise<string> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`prepaid account ${name}`]);
  return (await findPrepaidAccounts(tx, [name])).get(name) ?? (await open(tx, owner, now));
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
