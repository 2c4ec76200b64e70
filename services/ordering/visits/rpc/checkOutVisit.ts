import type { CheckOutVisitRequest } from '#proto/ordering/v1/visit_service';
import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import type { CallContext } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import { requireOwner } from '#shared/rpc/ownership';
import { startSaga } from '#shared/saga/progress';
import type { Saga } from '#shared/saga/saga';
import { moved } from '../domain/visit.ts';
import { emitVisit } from '../events.ts';
import type { Earning } from '../saga/earning.ts';
import { lockVisit } from '../store/readVisits.ts';
import { updateVisit } from '../store/writeVisits.ts';
import { visitable } from '../visitable.ts';
import { visitNotFound, visitToProto } from './convertVisit.ts';

/** Checks out; what the visit earns is the saga's that begins here. Who is banned by now may still leave. */
export function checkOutVisit(saga: Saga<Earning>, clock: () => Date) {
  return async ({ visit: id, etag }: CheckOutVisitRequest, tx: Transaction, { caller, ifMatch }: CallContext) => {
    const visit = await lockVisit(tx, id);
    if (!visit) throw visitNotFound(id);
    requireOwner(caller, visit.customerId, visitNotFound(id));
    checkEtag(etag || ifMatch, visit.revision);
    const now = clock();
    const after = moved(visit, { kind: 'CHECK_OUT' }, now);
    if (!after) {
      throw new Fault('VISIT_STATE_FORBIDS', {
        message: `a visit that is ${visit.state} is not checked out`,
        metadata: { visit_id: id, state: visit.state },
      });
    }
    await updateVisit(tx, after);
    await emitVisit(tx, after, visit.state);
    const { customerId, offeringId, offeringName, area } = visit;
    // By the tariff that the offering has now, at the prices of now.
    const { tariffId } = await visitable(tx, offeringId);
    const checkOutTime = now.toISOString();
    const data = { visitId: id, customerId, offeringName, area, tariffId, checkOutTime, points: '0', reason: '' };
    await startSaga(tx, saga, id, data);
    return visitToProto(after);
  };
}
