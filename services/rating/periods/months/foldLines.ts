import type { Sql } from '#shared/database/database';
import type { TariffShelf } from '../../tariffs/tariffShelf.ts';
import { monthRecords } from '../../usage/store/monthRecords.ts';
import { type LineMonth, lineMonthOf, portionOf } from '../domain/lineMonth.ts';
import type { LinePlan, MonthPlan } from '../domain/monthPlan.ts';
import { UsageFold } from '../domain/usageFold.ts';
import type { MonthLineRow } from '../store/monthLines.ts';

/** What a line's month is added up by. */
export interface Planned {
  line: MonthLineRow;
  plan: LinePlan;
}

/** How each line's month is cut by its own tariffs. They must have been fetched. */
export function planOf(line: MonthLineRow, shelf: TariffShelf, plan: MonthPlan): LinePlan {
  if (!line.offerings) return plan.ofTariff(shelf.get(line.tariffId), line.offeringId);
  return plan.of(line.offerings.map((given) => ({ ...given, tariff: shelf.get(given.tariffId) })));
}

export function tariffIdsOf(lines: readonly MonthLineRow[]): string[] {
  return lines.flatMap(({ tariffId, offerings }) => offerings?.map((given) => given.tariffId) ?? [tariffId]);
}

/**
 * The lines' months from the records of the month: one pass over them, whatever the lines are. `withLate`: as is known now,
 * else as the month was closed. Memory goes with the lines and not with the records.
 */
export async function foldLines(
  sql: Sql,
  businessNo: number,
  planned: readonly Planned[],
  month: MonthPlan,
  withLate: boolean,
): Promise<LineMonth[]> {
  if (planned.length === 0) return [];
  const fold = new UsageFold(
    planned.map(({ line, plan }) => [line.accountNo, plan.stretches]),
    withLate,
  );
  const of = {
    businessNo,
    month: month.month,
    timeZone: month.zone,
    accounts: new Set(planned.map(({ line }) => line.accountNo)),
  };
  for await (const records of monthRecords(sql, of)) fold.add(records);
  return planned.map(({ line, plan }) => {
    const usage = fold.usageOf(line.accountNo);
    const portions = plan.stretches.map((stretch, index) =>
      portionOf(stretch, usage[index] ?? { bytes: 0n, events: 0n, counted: new Map() }, line.active, month.days),
    );
    return lineMonthOf(line.lineId, portions);
  });
}
