import { CorrectionKind, UsageOutcome } from '#proto/rating/v1/usage';
import type { RatingAccount } from '../../accounts/store/accounts.ts';
import { flags, outcomeMask, outcomes } from '../domain/outcomes.ts';
import type { LineCorrection } from '../store/lineCorrections.ts';
import type { LineMonth, LineRecord } from '../store/lineRecords.ts';

/** Seconds from 1970 to 2000. */
const epochGap = 946_684_800n;

export interface RecordContext {
  account: RatingAccount;
  period: string;
  of: LineMonth;
  corrections: LineCorrection[];
  files: ReadonlyMap<number, string>;
}

export function toUsageRecord(record: LineRecord, { account, period, of, corrections, files }: RecordContext) {
  const { month } = of;
  const corrected = corrections.find(
    (each) => each.batch === record.batch && each.month === month && each.place === record.place,
  );
  const made = corrections.find(
    (each) => each.by_batch === record.batch && each.by_month === month && each.by_place === record.place,
  );
  return {
    recordId: record.id,
    lineId: account.lineId,
    serviceNumber: account.serviceNumber,
    apn: account.apn,
    startTime: timestampOf(record.time),
    bytesUp: BigInt(record.up),
    bytesDown: BigInt(record.down),
    period,
    outcome: corrected ? UsageOutcome.CORRECTED : outcomeOf(record.outcome),
    fileId: files.get(record.fileNo) ?? '',
    fileLine: BigInt(record.fileLine),
    corrects: made?.record_id ?? '',
    correction: made ? correctionOf(record.outcome) : CorrectionKind.UNSPECIFIED,
    correctedBy: corrected?.by_id ?? '',
  };
}

function outcomeOf(outcome: number): UsageOutcome {
  return (outcome & outcomeMask) === outcomes.late ? UsageOutcome.LATE : UsageOutcome.RATED;
}

function correctionOf(outcome: number): CorrectionKind {
  return (outcome & flags.cancel) !== 0 ? CorrectionKind.CANCEL : CorrectionKind.REPLACE;
}

/** Microseconds since 2000 as a Timestamp, to the microsecond. */
function timestampOf(micros: number) {
  const seconds = Math.floor(micros / 1_000_000);
  return { seconds: BigInt(seconds) + epochGap, nanos: (micros - seconds * 1_000_000) * 1000 };
}
