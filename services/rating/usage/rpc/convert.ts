import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { UsageFileKind, UsageFileState } from '#proto/rating/v1/usage';
import { int64 } from '#shared/int64';
import type { UsageFileRow } from '../store/usageFiles.ts';

export function toUsageFile(row: UsageFileRow) {
  const byReason = {
    MALFORMED: row.malformed,
    UNKNOWN_LINE: row.unknown_line,
    APN_MISMATCH: row.apn_mismatch,
    LINE_NOT_ACTIVE: row.line_not_active,
    FUTURE: row.future,
    UNKNOWN_RECORD: row.unknown_record,
  };
  return {
    id: row.id,
    business: row.business,
    source: row.source,
    state: UsageFileState[row.state],
    stateReason: row.state_reason,
    recordsRead: row.records_read,
    rated: row.rated,
    duplicate: row.duplicate,
    late: row.late,
    rejected: Object.values(byReason).reduce((sum, count) => sum + count, 0n),
    rejectionsByReason: Object.fromEntries(Object.entries(byReason).filter(([, count]) => count > 0n)),
    ratedBytes: int64(row.rated_bytes),
    correctedBytes: int64(row.corrected_bytes),
    kind: UsageFileKind[row.kind],
    bytesRead: row.bytes_read,
    createTime: timestampFromDate(row.create_time),
    endTime: row.end_time ? timestampFromDate(row.end_time) : undefined,
  };
}
