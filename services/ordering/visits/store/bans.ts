import type { Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Ban } from '../domain/ban.ts';

const columns = `id, customer_id as "customerId", offering_id as "offeringId", business, standing_points as "standingPoints",
  threshold, banned, time`;

/** Whose standing with what; the id and time are those of a row that is not there yet. */
export type BanKey = Pick<Ban, 'id' | 'customerId' | 'offeringId' | 'business' | 'time'>;

/**
 * How a customer stands with an offering, and stays so until the transaction ends: `share` lets others rely on it, too, `update` is for who
 * changes it. The row is made where there is none, for a lock needs something to hold.
 */
export async function lockBan(tx: Transaction, key: BanKey, lock: 'share' | 'update'): Promise<Ban> {
  const found = (await locked(tx, key, lock)) ?? (await insertThenLock(tx, key, lock));
  if (!found) throw new Error(`unreachable: ${key.customerId} has a standing with ${key.offeringId}`);
  return found;
}

async function locked(tx: Transaction, { customerId, offeringId }: BanKey, lock: 'share' | 'update') {
  const { rows } = await prepared<Ban>(
    tx,
    `select ${columns} from bans where customer_id = $1 and offering_id = $2 for ${lock}`,
    [customerId, offeringId],
  );
  return rows[0];
}

async function insertThenLock(tx: Transaction, key: BanKey, lock: 'share' | 'update') {
  await prepared(
    tx,
    `insert into bans (id, customer_id, offering_id, business, time) values ($1, $2, $3, $4, $5)
     on conflict (customer_id, offering_id) do nothing`,
    [key.id, key.customerId, key.offeringId, key.business, key.time],
  );
  return locked(tx, key, lock);
}

/** The transaction holds the row. */
export async function updateBan(tx: Transaction, ban: Ban): Promise<void> {
  await prepared(tx, 'update bans set standing_points = $2, threshold = $3, banned = $4, time = $5 where id = $1', [
    ban.id,
    ban.standingPoints,
    ban.threshold,
    ban.banned,
    ban.time,
  ]);
}
