import type { Visit, VisitState, VisitTransition } from '../domain/visit.ts';

/** A row of `visits`, as pg reads it. */
export interface VisitRow {
  id: string;
  business: string;
  customer_id: string;
  offering_id: string;
  offering_name: string;
  area: string;
  state: VisitState;
  points: bigint | null;
  state_reason: string;
  check_in_time: Date;
  check_out_time: Date | null;
  revision: bigint;
}

export interface VisitTransitionRow {
  visit_id: string;
  state: VisitState;
  time: Date;
}

export const visitColumns = `id, business, customer_id, offering_id, offering_name, area, state, points, state_reason,
  check_in_time, check_out_time, revision`;

export function toVisit(row: VisitRow, transitions: VisitTransitionRow[]): Visit {
  return {
    id: row.id,
    business: row.business,
    customerId: row.customer_id,
    offeringId: row.offering_id,
    offeringName: row.offering_name,
    area: row.area,
    state: row.state,
    points: row.points ?? undefined,
    stateReason: row.state_reason,
    history: transitions.map(({ state, time }): VisitTransition => ({ state, time })),
    checkInTime: row.check_in_time,
    checkOutTime: row.check_out_time ?? undefined,
    revision: row.revision,
  };
}
