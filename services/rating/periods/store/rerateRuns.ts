import type { Sql, Transaction } from '#shared/database/database';

export interface RerateRun {
  id: string;
  period_no: number;
  dry_run: boolean;
  /** Null means all lines. */
  line_ids: string[] | null;
  state: 'RUNNING' | 'DONE' | 'FAILED';
  /** Why it failed, or what it is waiting for: an error reason. */
  reason: string;
  /** The last line compared, and the last one whose difference is charged. */
  compared: string;
  charged: string;
  lines: bigint;
}

const columns = 'id, period_no, dry_run, line_ids, state, reason, compared, charged, lines';

/** A run for the same that is not over: whoever asks again meanwhile waits for it. */
export async function findRunning(
  tx: Transaction,
  of: { periodNo: number; dryRun: boolean; lineIds: string[] | null },
): Promise<RerateRun | undefined> {
  const { rows } = await tx.query<RerateRun>(
    `select ${columns} from rerate_runs
     where period_no = $1 and dry_run = $2 and line_ids is not distinct from $3::text[] and state = 'RUNNING' limit 1`,
    [of.periodNo, of.dryRun, of.lineIds],
  );
  return rows[0];
}

export async function insertRun(
  tx: Transaction,
  run: { id: string; periodNo: number; dryRun: boolean; lineIds: string[] | null; now: Date },
): Promise<void> {
  await tx.query(
    'insert into rerate_runs (id, period_no, dry_run, line_ids, create_time) values ($1, $2, $3, $4, $5)',
    [run.id, run.periodNo, run.dryRun, run.lineIds, run.now],
  );
}

/** Forgets dry runs that ended before a time: they have changed nothing. */
export async function forgetDryRuns(tx: Transaction, before: Date): Promise<void> {
  await tx.query("delete from rerate_runs where dry_run and state <> 'RUNNING' and create_time < $1", [before]);
}

export async function findRun(sql: Sql, id: string): Promise<RerateRun | undefined> {
  const { rows } = await sql.query<RerateRun>(`select ${columns} from rerate_runs where id = $1`, [id]);
  return rows[0];
}

/** The oldest run that is not over. */
export async function nextRun(sql: Sql): Promise<RerateRun | undefined> {
  const { rows } = await sql.query<RerateRun>(
    `select ${columns} from rerate_runs where state = 'RUNNING' order by create_time, id limit 1`,
  );
  return rows[0];
}

/** Moves the run behind the lines that were compared; what it waited for is over. */
export async function moveCompared(
  tx: Transaction,
  id: string,
  batch: { compared: string; lines: number },
): Promise<void> {
  await tx.query("update rerate_runs set compared = $2, lines = lines + $3, reason = '' where id = $1", [
    id,
    batch.compared,
    batch.lines,
  ]);
}

/** Everything compared so far is charged. */
export async function moveCharged(sql: Sql, id: string): Promise<void> {
  await sql.query("update rerate_runs set charged = compared, reason = '' where id = $1", [id]);
}

export async function noteWaiting(sql: Sql, id: string, reason: string): Promise<void> {
  await sql.query("update rerate_runs set reason = $2 where id = $1 and state = 'RUNNING'", [id, reason]);
}

export async function endRun(
  sql: Sql,
  id: string,
  end: { state: 'DONE' | 'FAILED'; reason: string; now: Date },
): Promise<void> {
  await sql.query("update rerate_runs set state = $2, reason = $3, end_time = $4 where id = $1 and state = 'RUNNING'", [
    id,
    end.state,
    end.reason,
    end.now,
  ]);
}
