import type { Penalty as ProtoPenalty } from '#proto/ordering/v1/penalty';
import type { Sql } from '#shared/database/database';
import { Fault, isReason } from '#shared/errors/fault';
import type { CallContext } from '#shared/rpc/context';
import { type SagaName, untilEnded } from '#shared/saga/ends';
import { isVisible, type Penalty } from '../domain/penalty.ts';
import { findPenalty } from '../store/readPenalties.ts';
import { penaltyNotFound, penaltyToProto } from './convertPenalty.ts';

/** How long a caller is kept waiting for billing's word, and how much of its own deadline is left for the answer. */
const mostMs = 4_000;
const spareMs = 250;

/** The penalty once it stands; the fault that refused it; or, when that takes too long, that billing is out of reach. */
export async function untilDecided(
  sql: Sql,
  saga: SagaName,
  { signal, deadline }: CallContext,
): Promise<{ answer: ProtoPenalty; settled: boolean }> {
  const patience = deadline ? deadline.getTime() - Date.now() - spareMs : mostMs;
  await untilEnded(sql, saga, { ms: Math.min(mostMs, patience), signal });
  const penalty = await findPenalty(sql, saga.id);
  if (!penalty) throw penaltyNotFound(saga.id);
  if (isVisible(penalty)) return { answer: penaltyToProto(penalty), settled: true };
  throw penalty.state === 'REFUSED' ? refusal(penalty) : undecided(penalty);
}

function refusal({ id, customerId, stateReason }: Penalty): Fault {
  const reason = isReason(stateReason) ? stateReason : 'INTERNAL';
  return new Fault(reason, { message: refusalText(reason, customerId), metadata: { penalty_id: id } });
}

function refusalText(reason: string, customerId: string): string {
  switch (reason) {
    case 'COMMAND_EXPIRED':
      return 'billing could not be reached in time: there is no penalty, and it will not come later';
    case 'ACCOUNT_NOT_FOUND':
      return `customer ${customerId} has no account of points: there is no penalty`;
    default:
      return `billing refused to record it (${reason}): there is no penalty`;
  }
}

function undecided({ id }: Penalty): Fault {
  return new Fault('DEPENDENCY_UNAVAILABLE', {
    message:
      'billing has not answered yet; whether there is a penalty is known in a few seconds, under the same Idempotency-Key',
    metadata: { penalty_id: id },
    retryAfterMs: 2_000,
  });
}
