import type { Database, Transaction } from '#shared/database/database';
import { killPoint } from '#shared/process/killPoint';
import { monthBounds } from '#shared/time/month';
import { examine } from '../../conservation/examine.ts';
import type { FaultReporter } from '../../conservation/report.ts';
import { atOneInstant } from '../../store/snapshot.ts';
import { TariffShelf } from '../../tariffs/tariffShelf.ts';
import { foldPeriod } from '../../usage/store/totals.ts';
import { MonthPlan } from '../domain/monthPlan.ts';
import { lineMonthBytes } from '../lineMonthToProto.ts';
import { foldLines, planOf, tariffIdsOf } from '../months/foldLines.ts';
import { linesPerFold } from '../months/openMonth.ts';
import { markChecked, reopen, type TariffPlan, takeSnapshot, tariffsInUse } from '../store/closing.ts';
import { linesByIds } from '../store/monthLines.ts';
import { keepPortions, linesToFold } from '../store/periodLines.ts';
import { lockPeriod, type PeriodRow, readPeriod } from '../store/periods.ts';
import { finish, HandOver, moveBatch } from './handOver.ts';

/** Most lines in a batch; mostly it is full before, by its bytes. */
const mostLines = 20_000;

/** What a process keeps from one step to the next; without it a step costs more, and is the same. */
export interface UnderWay {
  handOver?: HandOver | undefined;
}

export interface CloseOptions {
  database: Database;
  clock: { now(): Date };
  timeZone: string;
  report: FaultReporter;
  linesPerBatch?: number;
}

/**
 * Takes a closing month one step on: CLOSING → snapshot of the totals → the books are compared, record by record; where they do not
 * agree the month is OPEN again → portions of the lines that need them, some thousand lines at a time → batches in the order of
 * customer and line, each an event UsageMoved together with the cursor behind it → CLOSED with PeriodClosed.
 *
 * Each arrow is one transaction under the period's row lock, so a kill between any two repeats none and skips none. What
 * takes long, reading the records, happens before that transaction: nothing that it reads changes any more.
 */
export async function stepClose(no: number, options: CloseOptions, under: UnderWay = {}): Promise<void> {
  await step(no, options, under);
  killPoint('period.after-step');
}

async function step(no: number, options: CloseOptions, under: UnderWay): Promise<void> {
  const { database } = options;
  const period = await readPeriod(database, no);
  if (period?.state !== 'CLOSING') return;
  if (!period.snapshot) return snapshot(period, options);
  if (!period.checked) return check(period, options, under);
  const lineIds = await linesToFold(database, no, linesPerFold);
  if (lineIds.length > 0) return fold(period, lineIds, options);
  await handOver(period, options, under);
}

/** Hands the next batch over, or ends the close behind the last one. Where another process has gone on meanwhile, what was made ready is given up. */
async function handOver(period: PeriodRow, options: CloseOptions, under: UnderWay): Promise<void> {
  const { database, clock } = options;
  const own = handOverOf(period, options, under);
  try {
    const batch = await own.next();
    await underLock(database, period.no, async (tx, locked) => {
      if (locked.batches !== period.batches) return;
      if (batch) await moveBatch(tx, locked, batch);
      else await finish(tx, locked, clock.now());
    });
  } catch (error) {
    under.handOver = undefined;
    throw error;
  }
}

function handOverOf(period: PeriodRow, options: CloseOptions, under: UnderWay): HandOver {
  const { database, timeZone, linesPerBatch = mostLines } = options;
  const { handOver: known } = under;
  if (known?.follows(period)) return known;
  under.handOver = new HandOver(period, { database, timeZone, linesPerBatch });
  return under.handOver;
}

/** Runs a step unless another process has taken the month elsewhere in the meantime. */
function underLock(
  database: Database,
  no: number,
  work: (tx: Transaction, period: PeriodRow) => Promise<void>,
): Promise<void> {
  return database.transaction(async (tx) => {
    const period = await lockPeriod(tx, no);
    if (period?.state === 'CLOSING') await work(tx, period);
  });
}

async function snapshot({ no }: PeriodRow, { database, timeZone }: CloseOptions): Promise<void> {
  await underLock(database, no, async (tx, period) => {
    if (period.snapshot) return;
    await foldPeriod(tx, no);
    const plans = await tariffPlans(tx, period, timeZone);
    await takeSnapshot(tx, period, monthBounds(period.month, timeZone), plans);
  });
}

async function tariffPlans(tx: Transaction, period: PeriodRow, timeZone: string): Promise<TariffPlan[]> {
  const month = new MonthPlan(period.month, timeZone);
  const shelf = new TariffShelf();
  const ids = await tariffsInUse(tx, period.business_no);
  await shelf.fetch(tx, ids);
  return ids.flatMap((tariffId) => {
    const tariff = shelf.find(tariffId);
    if (!tariff) return [];
    const plan = month.ofTariff(tariff, '');
    return [{ tariffId, version: plan.stretches.at(-1)?.version.effectiveTime, folds: !plan.byTotals }];
  });
}

async function check(period: PeriodRow, options: CloseOptions, under: UnderWay): Promise<void> {
  const { database, timeZone, report } = options;
  // The lines are read beside their records; what is compared is what will be handed over.
  const table = handOverOf(period, options, under).load();
  async function* usage() {
    yield* (await table).usage();
  }
  const of = { businessNo: period.business_no, month: period.month, timeZone };
  const { faults } = await atOneInstant(database, (tx) => examine(tx, of, usage()));
  const { lines } = await table;
  await underLock(database, period.no, async (tx, locked) => {
    if (locked.checked) return;
    await report(tx, locked, faults);
    if (faults.length > 0) return reopen(tx, locked.no);
    await markChecked(tx, locked.no, lines);
  });
  if (faults.length > 0) under.handOver = undefined;
}

async function fold(period: PeriodRow, lineIds: string[], { database, timeZone }: CloseOptions): Promise<void> {
  const month = new MonthPlan(period.month, timeZone);
  const folded = await atOneInstant(database, async (tx) => {
    const lines = await linesByIds(tx, lineIds);
    const shelf = new TariffShelf();
    await shelf.fetch(tx, tariffIdsOf(lines));
    const planned = lines.map((line) => ({ line, plan: planOf(line, shelf, month) }));
    return foldLines(tx, period.business_no, planned, month, false);
  });
  const kept = folded.map((line) => ({
    lineId: line.lineId,
    offeringId: line.offeringId,
    portions: lineMonthBytes(line),
  }));
  await underLock(database, period.no, (tx) => keepPortions(tx, period.no, kept));
}
