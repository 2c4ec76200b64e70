import type { Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Visit, VisitTransition } from '../domain/visit.ts';
import { visitColumns } from './visitRows.ts';

/** Writes a new visit with its first state. */
export async function insertVisit(tx: Transaction, visit: Visit): Promise<void> {
  await prepared(
    tx,
    `with made as (
       insert into visits (${visitColumns}) values ($1, $2, $3, $4, $5, $6, $7, null, '', $8, null, $9)
     )
     insert into visit_transitions (visit_id, position, state, time) values ($1, 1, $7, $8)`,
    [
      visit.id,
      visit.business,
      visit.customerId,
      visit.offeringId,
      visit.offeringName,
      visit.area,
      visit.state,
      visit.checkInTime,
      visit.revision,
    ],
  );
}

/** Writes what a command has made of a visit; the state, if it is a new one, also into the history. */
export async function updateVisit(tx: Transaction, visit: Visit): Promise<void> {
  const { state, time } = visit.history.at(-1) as VisitTransition;
  await prepared(
    tx,
    `with moved as (
       update visits set state = $2, points = $3, state_reason = $4, check_out_time = $5, revision = $6 where id = $1
     )
     insert into visit_transitions (visit_id, position, state, time) values ($1, $7, $2, $8) on conflict do nothing`,
    [
      visit.id,
      state,
      visit.points ?? null,
      visit.stateReason,
      visit.checkOutTime ?? null,
      visit.revision,
      visit.history.length,
      time,
    ],
  );
}
