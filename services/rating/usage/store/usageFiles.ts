import type pg from 'pg';
import type { Sql } from '#shared/database/database';
import { type RejectionReason, rejectionReasons } from '../domain/recordBatch.ts';

export type FileState = 'IMPORTING' | 'IMPORTED' | 'FAILED';

export interface UsageFileRow {
  no: number;
  id: string;
  business: string;
  source: string;
  state: FileState;
  state_reason: string;
  records_read: bigint;
  rated: bigint;
  duplicate: bigint;
  late: bigint;
  malformed: bigint;
  unknown_line: bigint;
  apn_mismatch: bigint;
  line_not_active: bigint;
  future: bigint;
  rated_bytes: string;
  bytes_read: bigint;
  create_time: Date;
  end_time: Date | null;
}

/** What a batch adds to its file's counts. */
export interface FileProgress {
  recordsRead: number;
  rated: number;
  duplicate: number;
  late: number;
  rejected: Record<RejectionReason, number>;
  ratedBytes: bigint;
  /** Bytes of the upload so far; not a difference. */
  bytesRead: number;
}

/** Space of the advisory locks that importing sessions hold: one a file, by its number. */
export const importLock = 7_469;

const columns = 'f.*, b.name as business';

/**
 * Records the file and takes its lock in one transaction: an IMPORTING file whose lock nobody holds has lost its importer.
 * The lock belongs to the session, so it ends with the process.
 */
export async function beginFile(
  client: pg.ClientBase,
  file: { id: string; businessNo: number; source: string; now: Date },
): Promise<number> {
  await client.query('begin');
  const { rows } = await client.query<{ no: number }>(
    'insert into usage_files (id, business_no, source, create_time) values ($1, $2, $3, $4) returning no',
    [file.id, file.businessNo, file.source, file.now],
  );
  const no = rows[0]?.no ?? 0;
  await client.query('select pg_advisory_lock($1, $2)', [importLock, no]);
  await client.query('commit');
  return no;
}

/** Adds a batch's counts; false when the file is no longer being imported. */
export async function addProgress(sql: Sql, no: number, progress: FileProgress): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update usage_files set records_read = records_read + $2, rated = rated + $3, duplicate = duplicate + $4,
       late = late + $5, malformed = malformed + $6, unknown_line = unknown_line + $7, apn_mismatch = apn_mismatch + $8,
       line_not_active = line_not_active + $9, future = future + $10, rated_bytes = rated_bytes + $11, bytes_read = $12
     where no = $1 and state = 'IMPORTING'`,
    [
      no,
      progress.recordsRead,
      progress.rated,
      progress.duplicate,
      progress.late,
      ...rejectionReasons.map((reason) => progress.rejected[reason]),
      progress.ratedBytes,
      progress.bytesRead,
    ],
  );
  return rowCount === 1;
}

/** Ends an import that has not ended yet. */
export async function endFile(
  sql: Sql,
  no: number,
  end: { state: FileState; reason: string; now: Date },
): Promise<UsageFileRow | undefined> {
  const { rowCount } = await sql.query(
    `update usage_files set state = $2, state_reason = $3, end_time = $4 where no = $1 and state = 'IMPORTING'`,
    [no, end.state, end.reason, end.now],
  );
  if (rowCount === 0) return undefined;
  const { rows } = await sql.query<UsageFileRow>(
    `select ${columns} from usage_files f join businesses b on b.no = f.business_no where f.no = $1`,
    [no],
  );
  return rows[0];
}

export async function findFile(sql: Sql, id: string): Promise<UsageFileRow | undefined> {
  const { rows } = await sql.query<UsageFileRow>(
    `select ${columns} from usage_files f join businesses b on b.no = f.business_no where f.id = $1`,
    [id],
  );
  return rows[0];
}

export async function listFiles(
  sql: Sql,
  filter: { business: string; state: FileState | ''; before: string | undefined; limit: number },
): Promise<UsageFileRow[]> {
  const { rows } = await sql.query<UsageFileRow>(
    `select ${columns} from usage_files f join businesses b on b.no = f.business_no
     where ($1 = '' or b.name = $1) and ($2 = '' or f.state = $2) and ($3::text is null or f.id < $3)
     order by f.id desc limit $4`,
    [filter.business, filter.state, filter.before ?? null, filter.limit],
  );
  return rows;
}

/** Files that say they are being imported, whether or not somebody still does. */
export async function importingFiles(sql: Sql): Promise<number[]> {
  const { rows } = await sql.query<{ no: number }>("select no from usage_files where state = 'IMPORTING'");
  return rows.map(({ no }) => no);
}

/** Takes the file's lock for the transaction, unless its importer holds it. */
export async function tryImportLock(sql: Sql, no: number): Promise<boolean> {
  const { rows } = await sql.query<{ held: boolean }>('select pg_try_advisory_xact_lock($1, $2) as held', [
    importLock,
    no,
  ]);
  return rows[0]?.held ?? false;
}
