import type { Sql } from '#shared/database/database';
import { newId } from '#shared/ids';
import type { StoreKind } from '../store/store.ts';

export type RebuildState = 'RUNNING' | 'COMPLETED' | 'FAILED';

export interface RebuildRow {
  id: string;
  state: RebuildState;
  reason: string;
  generation: number | null;
  store: StoreKind;
  createTime: Date;
  completeTime: Date | null;
}

export interface SourceRow {
  source: string;
  position: bigint;
  events: bigint;
  skipped: bigint;
  waitingReason: string;
}

const columns = `id, state, reason, generation, store, create_time as "createTime", complete_time as "completeTime"`;

/** Asks for a rebuild; undefined while another one runs. Part of a transaction. */
export async function insertRebuild(
  tx: Sql,
  store: StoreKind,
  sources: readonly string[],
): Promise<RebuildRow | undefined> {
  const { rows } = await tx.query<RebuildRow>(
    `insert into rebuilds (id, state, store) values ($1, 'RUNNING', $2)
     on conflict (state) where state = 'RUNNING' do nothing
     returning ${columns}`,
    [newId(), store],
  );
  const [rebuild] = rows;
  if (!rebuild) return undefined;
  await tx.query('insert into rebuild_sources (rebuild_id, source) select $1, unnest($2::text[])', [
    rebuild.id,
    sources,
  ]);
  await tx.query(`select pg_notify('mypage_rebuild', '')`);
  return rebuild;
}

export async function runningRebuild(sql: Sql): Promise<RebuildRow | undefined> {
  const { rows } = await sql.query<RebuildRow>(`select ${columns} from rebuilds where state = 'RUNNING'`);
  return rows[0];
}

export async function findRebuild(sql: Sql, id: string): Promise<RebuildRow | undefined> {
  const { rows } = await sql.query<RebuildRow>(`select ${columns} from rebuilds where id = $1`, [id]);
  return rows[0];
}

export async function sourcesOf(sql: Sql, rebuildId: string): Promise<SourceRow[]> {
  const { rows } = await sql.query<SourceRow>(
    `select source, position, events, skipped, waiting_reason as "waitingReason" from rebuild_sources
     where rebuild_id = $1 order by source`,
    [rebuildId],
  );
  return rows;
}

/** Gives the rebuild an empty generation to fill, from the beginning. */
export async function beginGeneration(tx: Sql, rebuildId: string, generation: number): Promise<void> {
  await tx.query('update rebuilds set generation = $2 where id = $1', [rebuildId, generation]);
  await tx.query('update rebuild_sources set position = 0, events = 0, skipped = 0 where rebuild_id = $1', [rebuildId]);
}

export async function recordProgress(
  tx: Sql,
  rebuildId: string,
  { source, position, events, skipped }: Omit<SourceRow, 'waitingReason'>,
): Promise<void> {
  await tx.query(
    `update rebuild_sources set position = $3, events = events + $4, skipped = skipped + $5, waiting_reason = ''
     where rebuild_id = $1 and source = $2`,
    [rebuildId, source, position, events, skipped],
  );
}

export async function recordWaiting(sql: Sql, rebuildId: string, source: string, reason: string): Promise<void> {
  await sql.query('update rebuild_sources set waiting_reason = $3 where rebuild_id = $1 and source = $2', [
    rebuildId,
    source,
    reason,
  ]);
}

export async function endRebuild(tx: Sql, rebuildId: string, state: RebuildState, reason = ''): Promise<void> {
  await tx.query('update rebuilds set state = $2, reason = $3, complete_time = now() where id = $1', [
    rebuildId,
    state,
    reason,
  ]);
}
