import type { Sql, Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Visit, VisitState } from '../domain/visit.ts';
import { toVisit, type VisitRow, type VisitTransitionRow, visitColumns } from './visitRows.ts';

export async function findVisit(sql: Sql, id: string): Promise<Visit | undefined> {
  const { rows } = await prepared<VisitRow>(sql, `select ${visitColumns} from visits where id = $1`, [id]);
  return (await withHistory(sql, rows))[0];
}

/** The visit, locked until the transaction ends. */
export async function lockVisit(tx: Transaction, id: string): Promise<Visit | undefined> {
  const { rows } = await prepared<VisitRow>(tx, `select ${visitColumns} from visits where id = $1 for update`, [id]);
  return (await withHistory(tx, rows))[0];
}

/** An empty customer and an undefined state let every visit through. */
export interface VisitFilter {
  customerId: string;
  state: VisitState | undefined;
  before: string | undefined;
  limit: number;
}

/** Visits, newest first, with their histories. */
export async function listVisitRows(sql: Sql, filter: VisitFilter): Promise<Visit[]> {
  const { rows } = await sql.query<VisitRow>(
    `select ${visitColumns} from visits
     where ($1 = '' or customer_id = $1) and ($2::text is null or state = $2) and ($3::text is null or id < $3)
     order by id desc limit $4`,
    [filter.customerId, filter.state ?? null, filter.before ?? null, filter.limit],
  );
  return withHistory(sql, rows);
}

async function withHistory(sql: Sql, rows: VisitRow[]): Promise<Visit[]> {
  if (rows.length === 0) return [];
  const { rows: transitions } = await prepared<VisitTransitionRow>(
    sql,
    'select visit_id, state, time from visit_transitions where visit_id = any($1) order by visit_id, position',
    [rows.map(({ id }) => id)],
  );
  const byVisit = Map.groupBy(transitions, ({ visit_id }) => visit_id);
  // A history read a moment after its visit may be one step ahead; the visit's own revision says how far it goes at most.
  return rows.map((row) => toVisit(row, (byVisit.get(row.id) ?? []).slice(0, Number(row.revision))));
}
