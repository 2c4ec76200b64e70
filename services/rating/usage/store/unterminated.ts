import type { Sql } from '#shared/database/database';
import { outcomes, type RecordBatch } from '../domain/recordBatch.ts';
import { slotNumber } from '../domain/recordSlot.ts';
import type { UnterminatedRecord } from './keptIds.ts';

/** Remembers that the batch's last record stood on a line without an end. */
export async function keepUnterminated(
  sql: Sql,
  batch: RecordBatch,
  periodOf: (month: number) => number,
): Promise<void> {
  const index = batch.unterminated;
  const outcome = batch.outcome[index];
  if (index < 0 || (outcome !== outcomes.rated && outcome !== outcomes.late)) return;
  const slot = slotNumber(batch.hi[index] ?? 0, batch.lo[index] ?? 0);
  await sql.query(
    `insert into unterminated_records (slot, account_no, period_no, start_time, bytes_up, bytes_down, outcome)
     values ($1, $2, $3, timestamptz '2000-01-01 00:00:00Z' + $4::float8 * interval '1 microsecond', $5, $6, $7)`,
    [
      slot,
      batch.account[index],
      periodOf(batch.month[index] ?? 0),
      batch.time[index],
      batch.up[index],
      batch.down[index],
      outcome,
    ],
  );
}

/** Forgets that these records may have been cut off: they came again, whole and the same. */
export async function confirmRecords(sql: Sql, slots: bigint[]): Promise<void> {
  if (slots.length === 0) return;
  await sql.query('delete from unterminated_records where slot = any($1::int8[])', [`{${slots.join(',')}}`]);
}

/**
 * Takes a cut-off record out of the count. `gone`: another process was faster. `billed`: its period is closed, so it stays counted, and
 * an adjustment has to take it into account. `uncounted`: its volume is to be subtracted. `late`: it never was in a total.
 */
export async function supersede(
  sql: Sql,
  slot: bigint,
  old: UnterminatedRecord,
  open: boolean,
): Promise<'gone' | 'billed' | 'uncounted' | 'late'> {
  const { rowCount } = await sql.query('delete from unterminated_records where slot = $1', [slot]);
  if (rowCount === 0) return 'gone';
  if (old.outcome === outcomes.rated && !open) return 'billed';
  await sql.query(
    `update usage_records set outcome = $1
     where account_no = $2 and start_time >= $3 and start_time < $3::timestamptz + interval '1 millisecond' and slot = $4
       and outcome = $5`,
    [outcomes.superseded, old.accountNo, old.startTime, slot, old.outcome],
  );
  return old.outcome === outcomes.rated ? 'uncounted' : 'late';
}
