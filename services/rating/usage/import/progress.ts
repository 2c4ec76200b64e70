import { outcomes, type RejectionReason, rejectionReasons } from '../domain/recordBatch.ts';
import type { FileProgress } from '../store/usageFiles.ts';
import type { FileBatch } from './fileBatch.ts';

/** What a batch adds to its file's counts. Every record is counted exactly once. */
export function progressOf({ records, totals }: FileBatch): FileProgress {
  const counts = [0, 0, 0, 0, 0];
  for (let index = 0; index < records.count; index++) {
    const outcome = records.outcome[index] ?? 0;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  const rejected = Object.fromEntries(rejectionReasons.map((reason) => [reason, 0])) as Record<RejectionReason, number>;
  for (const { reason } of records.rejections) rejected[reason]++;
  const rated = counts[outcomes.rated] ?? 0;
  const duplicate = counts[outcomes.duplicate] ?? 0;
  const late = counts[outcomes.late] ?? 0;
  return {
    recordsRead: rated + duplicate + late + records.rejections.length,
    rated,
    duplicate,
    late,
    rejected,
    ratedBytes: [...totals.values()].reduce((sum, { volume }) => sum + volume, 0n),
    bytesRead: records.bytesRead,
  };
}
