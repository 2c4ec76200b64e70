import type { ListVisitsRequest } from '#proto/ordering/v1/visit_service';
import type { Sql } from '#shared/database/database';
import { cutPage } from '#shared/rpc/page';
import { pageBy } from '../../keyset.ts';
import { listVisitRows } from '../store/readVisits.ts';
import { visitStateFromProto, visitToProto } from './convertVisit.ts';

/** The contract's customer_field fills in a customer's own id before this runs. */
export function listVisits(sql: Sql) {
  return async (request: ListVisitsRequest) => {
    const { limit, after } = pageBy(1, request);
    const state = visitStateFromProto(request.state);
    const filter = { customerId: request.customerId, state, before: after?.[0], limit: limit + 1 };
    const { rows, nextPageToken } = cutPage(await listVisitRows(sql, filter), limit, ({ id }) => [id]);
    return { visits: rows.map(visitToProto), nextPageToken };
  };
}
