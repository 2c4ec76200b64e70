import type { Transaction } from '#shared/database/database';
import { moved } from '../domain/visit.ts';
import { emitVisit } from '../events.ts';
import { lockVisit } from '../store/readVisits.ts';
import { updateVisit } from '../store/writeVisits.ts';
import type { Earning } from './earning.ts';

/** The visit is EARNED, or stays as it is with the reason. Either way everybody is told. */
export async function endVisit(tx: Transaction, { visitId, points, reason }: Earning, now: Date): Promise<void> {
  const visit = await lockVisit(tx, visitId);
  const command = reason ? ({ kind: 'REFUSE', reason } as const) : ({ kind: 'EARN', points: BigInt(points) } as const);
  const after = visit && moved(visit, command, now);
  if (!after) throw new Error(`visit ${visitId} does not take ${command.kind}`);
  await updateVisit(tx, after);
  await emitVisit(tx, after, visit.state);
}
