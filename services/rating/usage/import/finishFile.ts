import { UsageRatedSchema } from '#proto/rating/v1/events';
import type { Database, Transaction } from '#shared/database/database';
import { int64 } from '#shared/int64';
import { emit } from '#shared/outbox/outbox';
import { endFile, type FileState, type UsageFileRow } from '../store/usageFiles.ts';

export interface FileEnd {
  state: FileState;
  reason: string;
  now: Date;
}

/** Ends an import and says so to the others. Nothing if it had ended before. */
export async function finishFile(database: Database, no: number, end: FileEnd): Promise<UsageFileRow | undefined> {
  return database.transaction((tx) => endAndEmit(tx, no, end));
}

/** The update of the file's row is the lock under which its event is emitted. */
export async function endAndEmit(tx: Transaction, no: number, end: FileEnd): Promise<UsageFileRow | undefined> {
  const row = await endFile(tx, no, end);
  if (!row) return undefined;
  await emit(tx, UsageRatedSchema, {
    fileId: row.id,
    business: row.business,
    rated: row.rated,
    ratedBytes: int64(row.rated_bytes),
    duplicate: row.duplicate,
    rejected:
      row.malformed + row.unknown_line + row.apn_mismatch + row.line_not_active + row.future + row.unknown_record,
    late: row.late,
  });
  return row;
}
