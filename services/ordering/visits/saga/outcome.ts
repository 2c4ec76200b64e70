import type { Transaction } from '#shared/database/database';
import { moved, type Penalty, type PenaltyCommand } from '../domain/penalty.ts';
import { emitPenalty } from '../events.ts';
import { changeStanding } from '../standing.ts';
import { lockPenalty } from '../store/readPenalties.ts';
import { updatePenalty } from '../store/writePenalties.ts';
import type { Posting } from './posting.ts';

/** Billing has posted it: the penalty stands, everybody is told, and the customer is banned if that follows. */
export async function imposePenalty(tx: Transaction, data: Posting, now: Date): Promise<void> {
  const { penaltyId, taken, accountId } = data;
  const penalty = await movePenalty(tx, penaltyId, { kind: 'IMPOSE', taken: BigInt(taken), accountId }, now);
  await emitPenalty(tx, penalty);
  await changeStanding(tx, penalty, penalty.points, now);
}

/** Billing never will: to everybody but who asked for it there has been no penalty. */
export async function refusePenalty(tx: Transaction, { penaltyId, reason }: Posting, now: Date): Promise<void> {
  await movePenalty(tx, penaltyId, { kind: 'REFUSE', reason }, now);
}

async function movePenalty(tx: Transaction, id: string, command: PenaltyCommand, now: Date): Promise<Penalty> {
  const penalty = await lockPenalty(tx, id);
  const after = penalty && moved(penalty, command, now);
  if (!after) throw new Error(`penalty ${id} does not take ${command.kind}`);
  await updatePenalty(tx, after);
  return after;
}
