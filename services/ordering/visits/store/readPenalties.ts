import type { Sql, Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Penalty, VisibleState } from '../domain/penalty.ts';
import { type PenaltyRow, type PenaltyTransitionRow, penaltyColumns, toPenalty } from './penaltyRows.ts';

/** In whatever state: who shows it to others asks `isVisible` first. */
export async function findPenalty(sql: Sql, id: string): Promise<Penalty | undefined> {
  const { rows } = await prepared<PenaltyRow>(sql, `select ${penaltyColumns} from penalties where id = $1`, [id]);
  return (await withHistory(sql, rows))[0];
}

/** The penalty in whatever state, locked until the transaction ends. Whoever also locks a ban locks it after this. */
export async function lockPenalty(tx: Transaction, id: string): Promise<Penalty | undefined> {
  const { rows } = await prepared<PenaltyRow>(tx, `select ${penaltyColumns} from penalties where id = $1 for update`, [
    id,
  ]);
  return (await withHistory(tx, rows))[0];
}

/** An empty customer and an undefined state let every penalty through that others may see. */
export interface PenaltyFilter {
  customerId: string;
  state: VisibleState | undefined;
  before: string | undefined;
  limit: number;
}

/** Penalties that others may see, newest first, with their histories. */
export async function listPenaltyRows(sql: Sql, filter: PenaltyFilter): Promise<Penalty[]> {
  const { rows } = await sql.query<PenaltyRow>(
    `select ${penaltyColumns} from penalties
     where state in ('IMPOSED', 'RELEASED') and ($1 = '' or customer_id = $1) and ($2::text is null or state = $2)
       and ($3::text is null or id < $3)
     order by id desc limit $4`,
    [filter.customerId, filter.state ?? null, filter.before ?? null, filter.limit],
  );
  return withHistory(sql, rows);
}

async function withHistory(sql: Sql, rows: PenaltyRow[]): Promise<Penalty[]> {
  if (rows.length === 0) return [];
  const { rows: transitions } = await prepared<PenaltyTransitionRow>(
    sql,
    'select penalty_id, state, time from penalty_transitions where penalty_id = any($1) order by penalty_id, position',
    [rows.map(({ id }) => id)],
  );
  const byPenalty = Map.groupBy(transitions, ({ penalty_id }) => penalty_id);
  // A history read a moment after its penalty may be one step ahead; the penalty's own revision says how far it goes.
  return rows.map((row) => toPenalty(row, (byPenalty.get(row.id) ?? []).slice(0, Number(row.revision))));
}
