import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { PeriodState } from '#proto/rating/v1/period';
import { int64 } from '#shared/int64';
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
