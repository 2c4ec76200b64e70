import type { ListPenaltiesRequest } from '#proto/ordering/v1/penalty_service';
import type { Sql } from '#shared/database/database';
import { cutPage } from '#shared/rpc/page';
import { pageBy } from '../../keyset.ts';
import { isVisible } from '../domain/penalty.ts';
import { listPenaltyRows } from '../store/readPenalties.ts';
import { penaltyStateFromProto, penaltyToProto } from './convertPenalty.ts';

/** The contract's customer_field fills in a customer's own id before this runs. */
export function listPenalties(sql: Sql) {
  return async (request: ListPenaltiesRequest) => {
    const { limit, after } = pageBy(1, request);
    const state = penaltyStateFromProto(request.state);
    const filter = { customerId: request.customerId, state, before: after?.[0], limit: limit + 1 };
    const { rows, nextPageToken } = cutPage(await listPenaltyRows(sql, filter), limit, ({ id }) => [id]);
    return { penalties: rows.filter(isVisible).map(penaltyToProto), nextPageToken };
  };
}
