import type { CreateVisitRequest } from '#proto/ordering/v1/visit_service';
import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import { customerNotFound } from '../../customers/rpc/convert.ts';
import { findCustomer } from '../../customers/store/customers.ts';
import type { Ban } from '../domain/ban.ts';
import { newVisit } from '../domain/visit.ts';
import { emitVisit } from '../events.ts';
import { lockBan } from '../store/bans.ts';
import { insertVisit } from '../store/writeVisits.ts';
import { visitable } from '../visitable.ts';
import { visitToProto } from './convertVisit.ts';

/**
 * Checks in. Nobody is asked but the database here. A check-in and the penalty that bans meet at the ban's row: either the visit was there
 * first, or it is refused. Other visits may be open: who forgot to check out is not locked out.
 */
export function createVisit(clock: () => Date) {
  return async ({ customerId, offeringId, area }: CreateVisitRequest, tx: Transaction) => {
    if (!(await findCustomer(tx, customerId))) throw customerNotFound(customerId);
    const { business, displayName: offeringName } = await visitable(tx, offeringId);
    const now = clock();
    const ban = await lockBan(tx, { id: newId(), customerId, offeringId, business, time: now }, 'share');
    if (ban.banned) throw customerBanned(ban);
    const visit = newVisit({ id: newId(), business, customerId, offeringId, offeringName, area }, now);
    await insertVisit(tx, visit);
    await emitVisit(tx, visit, undefined);
    return visitToProto(visit);
  };
}

function customerBanned({ customerId, offeringId, standingPoints, threshold, time }: Ban): Fault {
  return new Fault('CUSTOMER_BANNED', {
    message: `penalties of ${standingPoints} points stand; from ${threshold} points on nobody checks in`,
    metadata: {
      customer_id: customerId,
      offering_id: offeringId,
      standing_points: String(standingPoints),
      threshold: String(threshold),
      ban_time: time.toISOString(),
    },
  });
}
