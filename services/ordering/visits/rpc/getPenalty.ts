import type { GetPenaltyRequest } from '#proto/ordering/v1/penalty_service';
import type { Sql } from '#shared/database/database';
import type { CallContext } from '#shared/rpc/context';
import { requireOwner } from '#shared/rpc/ownership';
import { isVisible } from '../domain/penalty.ts';
import { findPenalty } from '../store/readPenalties.ts';
import { penaltyNotFound, penaltyToProto } from './convertPenalty.ts';

export function getPenalty(sql: Sql) {
  return async ({ penalty: id }: GetPenaltyRequest, { caller }: CallContext) => {
    const penalty = await findPenalty(sql, id);
    if (!penalty || !isVisible(penalty)) throw penaltyNotFound(id);
    requireOwner(caller, penalty.customerId, penaltyNotFound(id));
    return penaltyToProto(penalty);
  };
}
