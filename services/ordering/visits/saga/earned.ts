import type { Transaction } from '#shared/database/database';
import { moved } from '../domain/visit.ts';
import { emitVisit } from '../events.ts';
import { lockVisit } from '../store/readVisits.ts';
import { updateVisit } from '../store/writeVisits.ts';

/** What came of the points of a visit. */
export interface Earned {
  visitId: string;
  /** What the visit earns; 0 until rating has said so. */
  points: string;
  /** Why it earns nothing; empty if it does. */
  reason: string;
}

/** The visit is EARNED, or stays as it is with the reason. Either way everybody is told. */
export async function endVisit(tx: Transaction, { visitId, points, reason }: Earned, now: Date): Promise<void> {
  const visit = await lockVisit(tx, visitId);
  const command = reason ? ({ kind: 'REFUSE', reason } as const) : ({ kind: 'EARN', points: BigInt(points) } as const);
  const after = visit && moved(visit, command, now);
  if (!after) throw new Error(`visit ${visitId} does not take ${command.kind}`);
  await updateVisit(tx, after);
  await emitVisit(tx, after, visit.state);
}
