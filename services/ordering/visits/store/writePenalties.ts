import type { Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Penalty } from '../domain/penalty.ts';
import { penaltyColumns } from './penaltyRows.ts';

/** Writes a penalty that is asked for. It has no state yet that others see. */
export async function insertPenalty(tx: Transaction, penalty: Penalty): Promise<void> {
  await prepared(
    tx,
    `insert into penalties (${penaltyColumns}) values ($1, $2, $3, $4, $5, $6, $7, null, '', $8, '', $9, $10)`,
    [
      penalty.id,
      penalty.business,
      penalty.customerId,
      penalty.offeringId,
      penalty.offeringName,
      penalty.place,
      penalty.points,
      penalty.state,
      penalty.createTime,
      penalty.revision,
    ],
  );
}

/** Writes what a command has made of a penalty; the state, if others see it, also into the history. */
export async function updatePenalty(tx: Transaction, penalty: Penalty): Promise<void> {
  await prepared(
    tx,
    `update penalties set state = $2, taken = $3, account_id = $4, state_reason = $5, revision = $6 where id = $1`,
    [penalty.id, penalty.state, penalty.taken ?? null, penalty.accountId, penalty.stateReason, penalty.revision],
  );
  const last = penalty.history.at(-1);
  if (last?.state !== penalty.state) return;
  await prepared(tx, 'insert into penalty_transitions (penalty_id, position, state, time) values ($1, $2, $3, $4)', [
    penalty.id,
    penalty.history.length,
    last.state,
    last.time,
  ]);
}
