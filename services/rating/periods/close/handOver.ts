import { fromBinary } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { LineMonthSchema } from '#proto/common/v1/line_month';
import { PeriodClosedSchema, UsageMovedSchema } from '#proto/rating/v1/events';
import type { Transaction } from '#shared/database/database';
import { int64 } from '#shared/int64';
import { emit } from '#shared/outbox/outbox';
import { totalsToProto } from '../lineMonthToProto.ts';
import { addMoved, endClosing, offeringTotals } from '../store/closing.ts';
import { type PeriodLineRow, periodLinesAfter } from '../store/periodLines.ts';
import type { PeriodRow } from '../store/periods.ts';

const linesPerBatch = 500;

/** An event must fit into a broker message of 1 MiB; totals without portions are some hundred bytes a line. */
const mostPortionBytes = 512 * 1024;

/** Hands the next batch of lines over, or ends the close behind the last one. */
export async function handOver(tx: Transaction, period: PeriodRow, now: Date): Promise<void> {
  const lines = fitting(await periodLinesAfter(tx, period.no, { after: period.cursor, limit: linesPerBatch }));
  if (lines.length === 0) return finish(tx, period, now);
  await addMoved(tx, period.no, lines);
  await emit(tx, UsageMovedSchema, {
    ...names(period),
    lines: lines.map(({ line_id, bytes, records, portions }) => ({
      lineId: line_id,
      totals: totalsToProto(bytes, records),
      records,
      portions: portions ? fromBinary(LineMonthSchema, portions).portions : [],
    })),
  });
}

/** The first lines whose portions fit into one event; at least one. */
function fitting(lines: PeriodLineRow[]): PeriodLineRow[] {
  let bytes = 0;
  const end = lines.findIndex(({ portions }) => {
    bytes += portions?.length ?? 0;
    return bytes > mostPortionBytes;
  });
  return end < 0 ? lines : lines.slice(0, Math.max(end, 1));
}

async function finish(tx: Transaction, period: PeriodRow, now: Date): Promise<void> {
  await endClosing(tx, period.no, now);
  const offerings = await offeringTotals(tx, period.no);
  await emit(tx, PeriodClosedSchema, {
    ...names(period),
    lines: period.moved,
    usageBytes: int64(period.moved_bytes),
    offerings: offerings.map(({ offering_id, lines, bytes }) => ({
      offeringId: offering_id,
      lines,
      usageBytes: int64(bytes),
    })),
    closeTime: timestampFromDate(now),
  });
}

function names({ business, month }: PeriodRow) {
  return { periodId: `${business}-${month}`, business, period: month };
}
