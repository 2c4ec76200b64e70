import type pg from 'pg';
import type { Sql } from '#shared/database/database';
import { type RejectionReason, rejectionReasons } from '../domain/outcomes.ts';

export type FileState = 'IMPORTING' | 'IMPORTED' | 'FAILED';
export type FileKind = 'UPLOAD' | 'DROP' | 'REPORT';

export interface UsageFileRow {
  no: number;
  id: string;
  business: string;
  source: string;
  kind: FileKind;
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
  unknown_record: bigint;
  rated_bytes: string;
  corrected: bigint;
  corrected_bytes: string;
  cancels: bigint;
  bytes_read: bigint;
  create_time: Date;
  end_time: Date | null;
}

/** What a batch adds to its file's counts. */
export interface FileProgress {
  read: number;
  rated: number;
  duplicate: number;
  late: number;
  rejected: Record<RejectionReason, number>;
  ratedBytes: bigint;
  corrected: number;
  correctedBytes: bigint;
  cancels: number;
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
  file: { id: string; businessNo: number; source: string; kind: FileKind; now: Date },
): Promise<number> {
  await client.query('begin');
  const { rows } = await client.query<{ no: number }>(
    'insert into usage_files (id, business_no, source, kind, create_time) values ($1, $2, $3, $4, $5) returning no',
    [file.id, file.businessNo, file.source, file.kind, file.now],
  );
  const no = rows[0]?.no ?? 0;
  await client.query('select pg_advisory_lock($1, $2)', [importLock, no]);
  await client.query('commit');
  return no;
}

/** Gives a file's lock back. */
export async function unlockFile(client: pg.ClientBase, no: number): Promise<void> {
  await client.query('select pg_advisory_unlock($1, $2)', [importLock, no]);
}

/** Adds a batch's counts; false when the file is no longer being imported. */
export async function addProgress(sql: Sql, no: number, progress: FileProgress): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update usage_files set records_read = records_read + $2, rated = rated + $3, duplicate = duplicate + $4,
       late = late + $5, malformed = malformed + $6, unknown_line = unknown_line + $7, apn_mismatch = apn_mismatch + $8,
       line_not_active = line_not_active + $9, future = future + $10, unknown_record = unknown_record + $11, rated_bytes = rated_bytes + $12,
       bytes_read = greatest(bytes_read, $13), corrected = corrected + $14, corrected_bytes = corrected_bytes + $15, cancels = cancels + $16
     where no = $1 and state = 'IMPORTING'`,
    [
      no,
      progress.read,
      progress.rated,
      progress.duplicate,
      progress.late,
      ...rejectionReasons.map((reason) => progress.rejected[reason]),
      progress.ratedBytes,
      progress.bytesRead,
      progress.corrected,
      progress.correctedBytes,
      progress.cancels,
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
  await sql.query('delete from usage_file_chunks where file_no = $1', [no]);
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
  filter: { business: string; state: FileState | ''; kind: FileKind | ''; before: string | undefined; limit: number },
): Promise<UsageFileRow[]> {
  const { rows } = await sql.query<UsageFileRow>(
    `select ${columns} from usage_files f join businesses b on b.no = f.business_no
     where ($1 = '' or b.name = $1) and ($2 = '' or f.state = $2) and ($3::text is null or f.id < $3)
       and ($5 = '' or f.kind = $5)
     order by f.id desc limit $4`,
    [filter.business, filter.state, filter.before ?? null, filter.limit, filter.kind],
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

/** The ids of files by their numbers. */
export async function fileIds(sql: Sql, numbers: number[]): Promise<Map<number, string>> {
  const { rows } = await sql.query<{ no: number; id: string }>(
    'select no, id from usage_files where no = any($1::int[])',
    [numbers],
  );
  return new Map(rows.map(({ no, id }) => [no, id]));
}
