import type { Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Credit } from '../domain/credits.ts';

export async function insertCredits(tx: Transaction, credits: readonly Credit[]): Promise<void> {
  if (credits.length === 0) return;
  await prepared(
    tx,
    `insert into credits (id, account_id, remaining, expire_time)
     select * from unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[])`,
    [
      credits.map(({ id }) => id),
      credits.map(({ accountId }) => accountId),
      credits.map(({ remaining }) => remaining),
      credits.map(({ expireTime }) => expireTime),
    ],
  );
}

/** Adds to what is left of credits, or takes from it. */
export async function moveCredits(tx: Transaction, changes: readonly [id: string, minor: bigint][]): Promise<void> {
  if (changes.length === 0) return;
  await prepared(
    tx,
    `update credits set remaining = remaining + change.minor
     from unnest($1::uuid[], $2::bigint[]) as change (id, minor) where credits.id = change.id`,
    [changes.map(([id]) => id), changes.map(([, minor]) => minor)],
  );
}
