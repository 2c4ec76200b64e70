import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { UsageFileState, UsageOutcome } from '#proto/rating/v1/usage';
import { int64 } from '#shared/int64';
import { outcomes } from '../domain/recordBatch.ts';
import type { UsageRecordRow } from '../store/records.ts';
import type { UsageFileRow } from '../store/usageFiles.ts';

export function toUsageFile(row: UsageFileRow) {
  const byReason = {
    MALFORMED: row.malformed,
    UNKNOWN_LINE: row.unknown_line,
    APN_MISMATCH: row.apn_mismatch,
    LINE_NOT_ACTIVE: row.line_not_active,
    FUTURE: row.future,
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
    bytesRead: row.bytes_read,
    createTime: timestampFromDate(row.create_time),
    endTime: row.end_time ? timestampFromDate(row.end_time) : undefined,
  };
}

export function toUsageRecord(row: UsageRecordRow, lineId: string, period: string) {
  return {
    recordId: row.record_id,
    lineId,
    serviceNumber: row.service_number,
    apn: row.apn,
    startTime: timestampFromDate(row.start_time),
    bytesUp: row.bytes_up,
    bytesDown: row.bytes_down,
    period,
    outcome: row.outcome === outcomes.late ? UsageOutcome.LATE : UsageOutcome.RATED,
    fileId: row.file_id,
    fileLine: BigInt(row.file_line),
  };
}
