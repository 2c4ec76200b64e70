import type { Sql } from '#shared/database/database';
import type { Tariff } from '#shared/pricing/tariff';
import { type LineMonth, lineMonthOf, portionOf } from '../../periods/domain/lineMonth.ts';
import { foldLines } from '../../periods/months/foldLines.ts';
import type { MonthView } from '../../periods/months/monthView.ts';
import { linesByIds } from '../../periods/store/monthLines.ts';

/** The lines' months as if each had had the tariff, in the order of the lines. What they used is the same. */
export async function simulatedMonths(
  sql: Sql,
  { key, plan: month }: MonthView,
  tariff: Tariff,
  lines: readonly LineMonth[],
): Promise<LineMonth[]> {
  const rows = await linesByIds(
    sql,
    lines.map(({ lineId }) => lineId),
  );
  const planned = rows.map((line) => ({ line, plan: month.ofTariff(tariff, line.offeringId) }));
  if (planned.some(({ plan }) => !plan.byTotals)) return foldLines(sql, key.businessNo, planned, month, false);
  const used = new Map(lines.map((line) => [line.lineId, line]));
  return planned.map(({ line: { lineId, active }, plan }) => {
    const { bytes = 0n, records = 0n } = used.get(lineId) ?? {};
    const usage = { bytes, events: records, counted: new Map() };
    return lineMonthOf(
      lineId,
      plan.stretches.map((stretch) => portionOf(stretch, usage, active, month.days)),
    );
  });
}
