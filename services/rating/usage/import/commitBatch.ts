import type pg from 'pg';
import { isUniqueViolation, type Sql, transactionOn } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { killPoint } from '#shared/process/killPoint';
import { ensurePeriods, queueUp, sharePeriods } from '../../periods/store/periods.ts';
import type { Months } from '../domain/months.ts';
import { MonthTotals } from '../domain/monthTotals.ts';
import type { Judgement } from '../domain/readRecords.ts';
import { outcomes } from '../domain/recordBatch.ts';
import { copyIn } from '../store/copyIn.ts';
import { accountRevision } from '../store/lineDirectories.ts';
import { insertRejections } from '../store/rejections.ts';
import { addDelta } from '../store/totals.ts';
import { confirmRecords, keepUnterminated, supersede } from '../store/unterminated.ts';
import { addProgress } from '../store/usageFiles.ts';
import type { FileBatch } from './fileBatch.ts';
import { progressOf } from './progress.ts';
import { resolveIds } from './resolveIds.ts';

/** What the import of one file works with. */
export interface ImportSession {
  /** The connection that holds the file's lock; what it commits it commits as the file's importer. */
  client: pg.Client;
  fileNo: number;
  businessNo: number;
  months: Months;
  /** Called for each id that a batch is about to keep. */
  keep: (hi: number, lo: number) => void;
  /** A judgement by at least these account changes; `trustFilter: false` has every id looked up. */
  judge: (sql: Sql, revision: bigint, trustFilter: boolean) => Promise<Judgement>;
}

const idsCopy = 'copy usage_ids (slot, business_no, record_id) from stdin (format binary)';
const recordsCopy =
  'copy usage_records (slot, start_time, bytes_up, bytes_down, account_no, file_no, file_line, outcome) from stdin (format binary)';
const attempts = 20;

/**
 * Commits a batch: its records, their sums, its rejections and the file's counts, in one transaction. Another process may have kept
 * one of its ids in the meantime; the unique index says so, and the batch is read again with every id looked up.
 */
export async function commitBatch(session: ImportSession, batch: FileBatch): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await session.client.query('begin');
      await write(session, batch, attempt === 1);
      killPoint('usage.before-commit');
      await session.client.query('commit');
      killPoint('usage.after-commit');
      return;
    } catch (error) {
      await session.client.query('rollback').catch(() => {});
      if (attempt === attempts || !isRepeatable(error)) throw error;
    }
  }
}

/** Another process kept the same id (23505), waits in the other order (40P01), or superseded the same record. */
function isRepeatable(error: unknown): boolean {
  return isUniqueViolation(error) || (error as { code?: string }).code === '40P01' || error instanceof Superseded;
}

class Superseded extends Error {}

async function write(session: ImportSession, batch: FileBatch, first: boolean): Promise<void> {
  const { client, fileNo, businessNo } = session;
  const sql = transactionOn(client as unknown as pg.PoolClient);
  const { records } = batch;
  const revision = await accountRevision(sql);
  const stale = !first || revision > batch.revision;
  const judgement = await session.judge(sql, revision, first);
  if (stale) {
    await batch.read(judgement);
    batch.forKept((index) => session.keep(records.hi[index] ?? 0, records.lo[index] ?? 0));
  }

  const ids = await resolveIds(sql, records, businessNo, judgement.hash);
  records.markDuplicates(ids.duplicates);
  const periods = await lockPeriods(
    sql,
    session,
    batch,
    ids.supersessions.map(({ old }) => old.periodNo),
  );
  const late = markLate(batch, periods.closedMonths);
  const known = new Set(ids.supersessions.map(({ index }) => index));
  if (stale || late || ids.moved || ids.duplicates.size > 0 || known.size > 0) batch.encode(known);

  // Before the COPY, which brings records with the same slots.
  for (const { slot, old } of ids.supersessions) {
    const taken = await supersede(sql, slot, old, periods.openNumbers.has(old.periodNo));
    if (taken === 'gone') throw new Superseded();
    if (taken === 'uncounted') await addDelta(sql, old.periodNo, minus(old));
  }
  if (records.count > 0) {
    await copyIn(client, idsCopy, batch.ids);
    await copyIn(client, recordsCopy, batch.rows);
  }
  for (const [month, totals] of batch.totals) await addDelta(sql, periods.numberOf(month), totals);
  await confirmRecords(sql, ids.confirmed);
  await keepUnterminated(sql, records, periods.numberOf);
  await insertRejections(sql, fileNo, records);
  if (!(await addProgress(sql, fileNo, progressOf(batch)))) {
    throw new Fault('USAGE_FILE_INTERRUPTED', { message: 'the import was given up' });
  }
}

async function lockPeriods(sql: Sql, session: ImportSession, batch: FileBatch, others: number[]) {
  const { businessNo, months } = session;
  const indices = new Set<number>();
  batch.forKept((index) => indices.add(batch.records.month[index] ?? 0));
  const names = [...indices].map((index) => months.at(index).month);
  await queueUp(sql, businessNo, 'shared');
  let rows = await sharePeriods(sql, businessNo, names, others);
  const found = new Set(rows.map(({ month }) => month));
  if (names.some((name) => !found.has(name))) {
    await ensurePeriods(sql, businessNo, names);
    rows = await sharePeriods(sql, businessNo, names, others);
  }
  const byMonth = new Map(rows.map((row) => [row.month, row]));
  return {
    numberOf: (index: number) => byMonth.get(months.at(index).month)?.no ?? 0,
    openNumbers: new Set(rows.filter(({ state }) => state === 'OPEN').map(({ no }) => no)),
    closedMonths: new Set([...indices].filter((index) => byMonth.get(months.at(index).month)?.state !== 'OPEN')),
  };
}

/** Kept records of a month that is being closed are late. Says whether there are any. */
function markLate(batch: FileBatch, closed: ReadonlySet<number>): boolean {
  if (closed.size === 0) return false;
  let some = false;
  batch.forKept((index) => {
    if (!closed.has(batch.records.month[index] ?? 0)) return;
    batch.records.outcome[index] = outcomes.late;
    some = true;
  });
  return some;
}

function minus(old: { accountNo: number; up: number; down: number }): MonthTotals {
  const totals = new MonthTotals();
  totals.add(old.accountNo, -old.up, -1);
  totals.add(old.accountNo, -old.down, 0);
  return totals;
}
