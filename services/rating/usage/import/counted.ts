import { lateCounter } from '#shared/telemetry/counters';
import type { PartResult } from '../engine/protocol.ts';

const records = lateCounter('jangbu.usage.records', {
  description: 'Usage records by what became of them',
  unit: '{record}',
});
const bytes = lateCounter('jangbu.usage.bytes_read', { description: 'Usage that was read, unpacked', unit: 'By' });

const outcomes = {
  rated: { 'jangbu.outcome': 'rated' },
  duplicate: { 'jangbu.outcome': 'duplicate' },
  rejected: { 'jangbu.outcome': 'rejected' },
  late: { 'jangbu.outcome': 'late' },
} as const;

/** Counts the records of a batch that this process has committed; every record has one outcome. */
export function countRecords(parts: readonly PartResult[]): void {
  const sums = { rated: 0, duplicate: 0, rejected: 0, late: 0 };
  for (const { rated, duplicate, late, rejected } of parts) {
    sums.rated += rated;
    sums.duplicate += duplicate;
    sums.late += late;
    for (const count of Object.values(rejected)) sums.rejected += count;
  }
  // A sum of nothing is added as well: from the first batch on, all four outcomes have a series.
  for (const [outcome, attributes] of Object.entries(outcomes))
    records.add(sums[outcome as keyof typeof sums], attributes);
}

/** Counts what has come in, whether or not anything comes of it. */
export function countBytes(count: number): void {
  bytes.add(count);
}
