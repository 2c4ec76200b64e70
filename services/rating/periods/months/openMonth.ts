import type { Sql } from '#shared/database/database';
import { TariffShelf } from '../../tariffs/tariffShelf.ts';
import { type LineMonth, lineMonthOf, portionOf } from '../domain/lineMonth.ts';
import type { LinePlan, MonthPlan } from '../domain/monthPlan.ts';
import { type MonthKey, type MonthTotalsRow, monthLines } from '../store/monthLines.ts';
import { foldLines, planOf, tariffIdsOf } from './foldLines.ts';

/** Lines whose records are added up in one pass. */
export const linesPerFold = 20_000;

/**
 * The months of all lines, or of those named, as a close would hand them over now, in the order of the line ids, some thousand at a
 * time. Lines whose price depends on totals alone are not looked up in the records.
 */
export async function* openLineMonths(
  sql: Sql,
  key: MonthKey,
  month: MonthPlan,
  choice: { after?: string; lineIds?: readonly string[] | undefined; limit?: number } = {},
): AsyncGenerator<LineMonth[]> {
  const shelf = new TariffShelf();
  const limit = Math.min(choice.limit ?? linesPerFold, linesPerFold);
  for (let after = choice.after ?? ''; ; ) {
    const lines = await monthLines(sql, key, { after, limit, lineIds: choice.lineIds });
    if (lines.length === 0) return;
    await shelf.fetch(sql, tariffIdsOf(lines));
    const planned = lines.map((line) => ({ line, plan: planOf(line, shelf, month) }));
    const folded = await foldLines(
      sql,
      key.businessNo,
      planned.filter(({ plan }) => !plan.byTotals),
      month,
      false,
    );
    const byLine = new Map(folded.map((line) => [line.lineId, line]));
    yield planned.map(({ line, plan }) => byLine.get(line.lineId) ?? lineOfTotals(line, plan, month));
    if (lines.length < limit) return;
    after = lines.at(-1)?.lineId ?? after;
  }
}

function lineOfTotals({ lineId, bytes, records, active }: MonthTotalsRow, plan: LinePlan, month: MonthPlan): LineMonth {
  const usage = { bytes, events: records, counted: new Map() };
  return lineMonthOf(
    lineId,
    plan.stretches.map((stretch) => portionOf(stretch, usage, active, month.days)),
  );
}
