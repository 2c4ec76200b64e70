import { SpendingLimitReachedSchema } from '#proto/rating/v1/events';
import type { Transaction } from '#shared/database/database';
import { type Money, toProto } from '#shared/money/money';
import { emitMany } from '#shared/outbox/outbox';
import type { Logger } from '#shared/telemetry/log';
import { monthBounds } from '#shared/time/month';
import type { LineMonth } from '../periods/domain/lineMonth.ts';
import { MonthPlan } from '../periods/domain/monthPlan.ts';
import { priceLine } from '../periods/domain/priceLine.ts';
import { planOf, tariffIdsOf } from '../periods/months/foldLines.ts';
import { openLineMonths } from '../periods/months/openMonth.ts';
import { linesByIds } from '../periods/store/monthLines.ts';
import { TariffShelf } from '../tariffs/tariffShelf.ts';
import type { ChangedTotals } from '../usage/store/changedTotals.ts';
import { reaches, spentOnUsage } from './domain/spending.ts';
import { addCandidates } from './store/candidates.ts';
import { lockAccounts, type OpenMonth } from './store/months.ts';
import { type LimitedLine, limitedLines, markReachedLimits, type ReachedLimit } from './store/spendingLimits.ts';

export interface Present {
  now: Date;
  timeZone: string;
  log: Logger;
}

/**
 * Tells which lines have reached their limit. Where the totals say what a line is charged that is known at once; lines with portions, times of
 * day or increments are left to `tellFoldedSpending`.
 */
export async function tellSpending(
  tx: Transaction,
  month: OpenMonth,
  { accounts }: ChangedTotals,
  present: Present,
): Promise<void> {
  const limited = await limitedLines(tx, month.periodNo, accounts);
  if (limited.length === 0) return;
  const byTotals = await linesByTotals(tx, month, limited, present);
  const toFold = limited.filter(({ lineId }) => !byTotals.has(lineId));
  await addCandidates(
    tx,
    month.periodNo,
    toFold.map(({ accountNo }) => accountNo),
  );
  const known = limited.filter(({ lineId }) => byTotals.has(lineId));
  await tellReached(tx, month, known, present);
}

/** The same for lines whose records have to be added up: one pass over the month's records for all of them. */
export async function tellFoldedSpending(
  tx: Transaction,
  month: OpenMonth,
  { accounts }: ChangedTotals,
  present: Present,
): Promise<void> {
  await tellReached(tx, month, await limitedLines(tx, month.periodNo, accounts), present);
}

async function linesByTotals(
  tx: Transaction,
  { month }: OpenMonth,
  limited: readonly LimitedLine[],
  { timeZone }: Present,
): Promise<Set<string>> {
  const plan = new MonthPlan(month, timeZone);
  const shelf = new TariffShelf();
  const lines = await linesByIds(
    tx,
    limited.map(({ lineId }) => lineId),
  );
  await shelf.fetch(tx, tariffIdsOf(lines));
  return new Set(lines.filter((line) => planOf(line, shelf, plan).byTotals).map(({ lineId }) => lineId));
}

/** Prices the lines' months so far as the close would, and tells those that have reached their limit; each once. */
async function tellReached(
  tx: Transaction,
  month: OpenMonth,
  limited: readonly LimitedLine[],
  { now, timeZone, log }: Present,
): Promise<void> {
  if (limited.length === 0) return;
  const byLine = new Map(limited.map((line) => [line.lineId, line]));
  const plan = new MonthPlan(month.month, timeZone);
  const key = { businessNo: month.businessNo, periodNo: month.periodNo, ...monthBounds(month.month, timeZone) };
  const reached: ReachedLimit[] = [];
  for await (const months of openLineMonths(tx, key, plan, { lineIds: [...byLine.keys()] })) {
    for (const lineMonth of months) {
      const line = byLine.get(lineMonth.lineId);
      const spent = spentOn(lineMonth, plan, log);
      if (line && spent && reaches(spent, line.limit.amount)) reached.push({ ...line, spent });
    }
  }
  const marked = await markReachedLimits(tx, month.periodNo, reached, now);
  await lockAccounts(
    tx,
    marked.map(({ accountNo }) => accountNo),
  );
  await emitMany(
    tx,
    SpendingLimitReachedSchema,
    marked.map((line) => eventOf(line, month)),
  );
}

/** A line that cannot be priced must not keep the others from being told; the close says what is wrong with it. */
function spentOn(lineMonth: LineMonth, plan: MonthPlan, log: Logger): Money | undefined {
  try {
    return spentOnUsage(priceLine(lineMonth, plan.days.length - 1).portions);
  } catch (err) {
    log.error({ err, line: lineMonth.lineId }, 'what the line has spent cannot be told');
    return undefined;
  }
}

function eventOf({ lineId, customerId, serviceNumber, spent, limit }: ReachedLimit, { business, month }: OpenMonth) {
  const amounts = { spent: toProto(spent), limit: toProto(limit.amount), suspend: limit.suspend };
  return { lineId, customerId, serviceNumber, business, period: month, ...amounts };
}
