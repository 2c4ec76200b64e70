import type { Transaction } from '#shared/database/database';
import { insertAccount } from '../../store/accounts.ts';

export interface AccountOwner {
  customerId: string;
  currency: string;
}

/**
 * The customer's oldest postpaid account in the currency, locked, or a new one. It shows with its first BalanceChanged, like others that
 * billing opens by itself.
 */
export async function chargedAccount(
  tx: Transaction,
  owner: AccountOwner,
  { id, now }: { id: string; now: Date },
): Promise<string> {
  const known = await lockOldest(tx, owner);
  if (known) return known;
  // Two first payments of a customer open one account: the second waits here, and then finds it.
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `postpaid account ${owner.currency} ${owner.customerId}`,
  ]);
  const opened = await lockOldest(tx, owner);
  if (opened) return opened;
  await insertAccount(tx, { id, ...owner, kind: 'POSTPAID', openedForLine: undefined, createTime: now });
  return id;
}

/** Locked, so that it cannot be removed any more: one that was opened for a line is, if the line comes to nothing. */
async function lockOldest(tx: Transaction, { customerId, currency }: AccountOwner): Promise<string | undefined> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from accounts where customer_id = $1 and currency = $2 and kind = 'POSTPAID' order by id limit 1 for no key update`,
    [customerId, currency],
  );
  return rows[0]?.id;
}
