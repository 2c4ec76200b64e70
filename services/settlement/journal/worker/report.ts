import { JournalDifferenceFoundSchema } from '#proto/settlement/v1/events';
import type { Transaction } from '#shared/database/database';
import { emit } from '#shared/outbox/outbox';
import type { Difference } from '../domain/difference.ts';
import { differenceToProto } from '../rpc/convert.ts';
import { keepDifference } from '../store/differences.ts';

/** Keeps a difference and says so to everybody, once: one that is known and still stands is no news. */
export async function reportDifference(tx: Transaction, difference: Difference, now: Date): Promise<void> {
  const kept = await keepDifference(tx, difference, now);
  if (kept) await emit(tx, JournalDifferenceFoundSchema, { difference: differenceToProto(kept) });
}
