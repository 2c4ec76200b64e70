import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { PeriodState } from '#proto/rating/v1/period';
import type { Sql } from '#shared/database/database';
import { int64 } from '#shared/int64';
import type { MonthView } from '../months/monthView.ts';
import { countLines } from '../store/closing.ts';
import type { PeriodRow } from '../store/periods.ts';

type Shown = Pick<
  PeriodRow,
  'business' | 'month' | 'state' | 'lines' | 'moved' | 'moved_bytes' | 'invoiced' | 'close_time'
>;

export function toPeriod(row: Shown) {
  return {
    business: row.business,
    period: row.month,
    state: PeriodState[row.state],
    lines: row.lines,
    moved: row.moved,
    movedBytes: int64(row.moved_bytes),
    invoiced: row.invoiced,
    closeTime: row.close_time ? timestampFromDate(row.close_time) : undefined,
  };
}

/** The month as it is. Until its books have been compared its lines are counted anew each time; then it has their count. */
export async function presentPeriod(
  sql: Sql,
  { period, key }: Pick<MonthView, 'period' | 'key'>,
  names: { business: string; month: string },
) {
  if (period?.checked) return toPeriod(period);
  return toPeriod({ ...(period ?? openPeriod), ...names, lines: await countLines(sql, key.businessNo, key) });
}

const openPeriod = {
  state: 'OPEN',
  moved: 0n,
  moved_bytes: '0',
  invoiced: 0n,
  close_time: null,
} as const;
