import type { GetVisitRequest } from '#proto/ordering/v1/visit_service';
import type { Sql } from '#shared/database/database';
import type { CallContext } from '#shared/rpc/context';
import { requireOwner } from '#shared/rpc/ownership';
import { findVisit } from '../store/readVisits.ts';
import { visitNotFound, visitToProto } from './convertVisit.ts';

export function getVisit(sql: Sql) {
  return async ({ visit: id }: GetVisitRequest, { caller }: CallContext) => {
    const visit = await findVisit(sql, id);
    if (!visit) throw visitNotFound(id);
    requireOwner(caller, visit.customerId, visitNotFound(id));
    return visitToProto(visit);
  };
}
