import type { Penalty, PenaltyState, PenaltyTransition, VisibleState } from '../domain/penalty.ts';

/** A row of `penalties`, as pg reads it. */
export interface PenaltyRow {
  id: string;
  business: string;
  customer_id: string;
  offering_id: string;
  offering_name: string;
  place: string;
  points: bigint;
  taken: bigint | null;
  account_id: string;
  state: PenaltyState;
  state_reason: string;
  create_time: Date;
  revision: bigint;
}

export interface PenaltyTransitionRow {
  penalty_id: string;
  state: VisibleState;
  time: Date;
}

export const penaltyColumns = `id, business, customer_id, offering_id, offering_name, place, points, taken, account_id, state,
  state_reason, create_time, revision`;

export function toPenalty(row: PenaltyRow, transitions: PenaltyTransitionRow[]): Penalty {
  return {
    id: row.id,
    business: row.business,
    customerId: row.customer_id,
    offeringId: row.offering_id,
    offeringName: row.offering_name,
    place: row.place,
    points: row.points,
    taken: row.taken ?? undefined,
    accountId: row.account_id,
    state: row.state,
    stateReason: row.state_reason,
    history: transitions.map(({ state, time }): PenaltyTransition => ({ state, time })),
    createTime: row.create_time,
    revision: row.revision,
  };
}
