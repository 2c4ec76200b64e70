import type { ReleasePenaltyRequest } from '#proto/ordering/v1/penalty_service';
import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import type { CallContext } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import { startSaga } from '#shared/saga/progress';
import type { Saga } from '#shared/saga/saga';
import { isVisible, moved, type Penalty } from '../domain/penalty.ts';
import { emitPenalty } from '../events.ts';
import type { Posting } from '../saga/posting.ts';
import { changeStanding } from '../standing.ts';
import { lockPenalty } from '../store/readPenalties.ts';
import { updatePenalty } from '../store/writePenalties.ts';
import { penaltyNotFound, penaltyToProto } from './convertPenalty.ts';

/** Takes a penalty back: from now on it does not count, and the saga that begins here gives back what was taken. */
export function releasePenalty(saga: Saga<Posting>, clock: () => Date) {
  return async ({ penalty: id, etag }: ReleasePenaltyRequest, tx: Transaction, { ifMatch }: CallContext) => {
    const penalty = await lockPenalty(tx, id);
    if (!penalty || !isVisible(penalty)) throw penaltyNotFound(id);
    checkEtag(etag || ifMatch, penalty.revision);
    const now = clock();
    const after = moved(penalty, { kind: 'RELEASE' }, now);
    if (!after || !isVisible(after)) {
      throw new Fault('PENALTY_STATE_FORBIDS', {
        message: `a penalty that is ${penalty.state} is not released`,
        metadata: { penalty_id: id, state: penalty.state },
      });
    }
    await updatePenalty(tx, after);
    await emitPenalty(tx, after);
    await changeStanding(tx, after, -after.points, now);
    await startSaga(tx, saga, id, postingOf(after));
    return penaltyToProto(after);
  };
}

function postingOf(penalty: Penalty): Posting {
  const { id: penaltyId, customerId, offeringName, place, points, taken, accountId } = penalty;
  const amounts = { points: String(points), taken: String(taken ?? 0n) };
  return { penaltyId, customerId, offeringName, place, ...amounts, notAfter: '', accountId, reason: '' };
}
