import type { Transaction } from '#shared/database/database';
import { newId } from '#shared/ids';
import { visitTermsOf } from '../catalog/store/visitTerms.ts';
import { afterChange } from './domain/ban.ts';
import type { Penalty } from './domain/penalty.ts';
import { emitTurn } from './events.ts';
import { lockBan, updateBan } from './store/bans.ts';

/**
 * Counts a penalty in, or out again, in the transaction that imposes or releases it, and bans the customer or lets the customer in where
 * that follows. Penalties of one customer meet at the ban's row, so that none of them is judged by an old sum.
 */
export async function changeStanding(tx: Transaction, penalty: Penalty, change: bigint, now: Date): Promise<void> {
  const { customerId, offeringId, business, offeringName } = penalty;
  const ban = await lockBan(tx, { id: newId(), customerId, offeringId, business, time: now }, 'update');
  const threshold = (await visitTermsOf(tx, [offeringId])).get(offeringId)?.banThreshold ?? 0n;
  const { ban: changed, turn } = afterChange(ban, change, threshold, now);
  await updateBan(tx, changed);
  await emitTurn(tx, changed, turn, offeringName);
}
