import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type LineDifference, LineDifferenceSchema } from '#proto/common/v1/line_charges';
import { LineMonthSchema, type LineMonth as ProtoLineMonth } from '#proto/common/v1/line_month';
import type { Database } from '#shared/database/database';
import { fromProto } from '#shared/money/money';
import { killPoint } from '#shared/process/killPoint';
import { monthBounds } from '#shared/time/month';
import type { Adjustments } from '../../calls.ts';
import type { LineMonth } from '../domain/lineMonth.ts';
import { MonthPlan } from '../domain/monthPlan.ts';
import { lineMonthToProto } from '../lineMonthToProto.ts';
import { knownLineMonths } from '../months/knownMonth.ts';
import { type PeriodRow, readPeriod } from '../store/periods.ts';
import { insertDifferences, monthsToCharge } from '../store/rerateDifferences.ts';
import { endRun, findRun, moveCharged, moveCompared, type RerateRun } from '../store/rerateRuns.ts';

/** Lines in one call of billing. */
const linesPerCall = 250;
const callMs = 30_000;

export interface RerateOptions {
  database: Database;
  clock: { now(): Date };
  timeZone: string;
  adjustments: () => Adjustments;
}

/**
 * IOT-13: rates the lines of a closed month again, from where the run stands to its end.
 *
 * Each batch of lines is compared by billing without being charged; the differences are kept together with the cursor
 * behind them; then billing is asked to charge just what was compared. After a crash in between the second question is asked again:
 * billing compares with what it has charged by then, so nothing is charged twice, and the run still knows what it has found.
 */
export async function rerateRun(run: RerateRun, options: RerateOptions, signal: AbortSignal): Promise<void> {
  const { database, timeZone } = options;
  const period = await readPeriod(database, run.period_no);
  if (!period) throw new Error(`unreachable: run ${run.id} has a period`);
  await charge(run.id, period, options, signal);
  const month = new MonthPlan(period.month, timeZone);
  const key = { businessNo: period.business_no, periodNo: period.no, ...monthBounds(period.month, timeZone) };
  const choice = { after: run.compared, lineIds: run.line_ids ?? undefined };
  for await (const lines of knownLineMonths(database, key, month, choice)) {
    for (let from = 0; from < lines.length; from += linesPerCall) {
      if (signal.aborted) return;
      await compare(run, lines.slice(from, from + linesPerCall), period, options, signal);
      killPoint('rerate.compared');
      await charge(run.id, period, options, signal);
      killPoint('rerate.charged');
    }
  }
  await endRun(database, run.id, { state: 'DONE', reason: '', now: options.clock.now() });
}

async function compare(
  { id }: RerateRun,
  lines: readonly LineMonth[],
  period: PeriodRow,
  options: RerateOptions,
  signal: AbortSignal,
): Promise<void> {
  const months = new Map(lines.map((line) => [line.lineId, lineMonthToProto(line)]));
  const differences = await adjust([...months.values()], true, period, options, signal);
  const kept = differences.map((difference) => {
    const lineMonth = months.get(difference.lineId);
    if (!lineMonth) throw new Error(`billing compares line ${difference.lineId}, which was not asked for`);
    return {
      lineId: difference.lineId,
      difference: toBinary(LineDifferenceSchema, difference),
      lineMonth: toBinary(LineMonthSchema, lineMonth),
      amount: difference.reason === '' ? fromProto(difference.difference, 'difference') : undefined,
    };
  });
  await options.database.transaction(async (tx) => {
    await insertDifferences(tx, id, kept);
    await moveCompared(tx, id, { compared: lines.at(-1)?.lineId ?? '', lines: lines.length });
  });
}

/** Has billing charge what was compared and is not charged yet. A run that only compares has nothing to charge. */
async function charge(id: string, period: PeriodRow, options: RerateOptions, signal: AbortSignal): Promise<void> {
  const run = await findRun(options.database, id);
  if (!run || run.dry_run || run.charged === run.compared) return;
  const months = await monthsToCharge(options.database, run);
  for (let from = 0; from < months.length; from += linesPerCall) {
    const batch = months.slice(from, from + linesPerCall).map((bytes) => fromBinary(LineMonthSchema, bytes));
    await adjust(batch, false, period, options, signal);
  }
  killPoint('rerate.adjusted');
  await moveCharged(options.database, id);
}

async function adjust(
  lines: ProtoLineMonth[],
  dryRun: boolean,
  { business, month }: PeriodRow,
  { adjustments }: RerateOptions,
  signal: AbortSignal,
): Promise<LineDifference[]> {
  const request = { business, period: month, lines, dryRun };
  const { differences } = await adjustments().adjustMonth(request, { signal, deadlineMs: callMs });
  return differences;
}
