import { type MovedLine, UsageMovedSchema } from '#proto/rating/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { int64 } from '#shared/int64';
import { isDecimal } from '#shared/money/decimal';
import { insertMovedLines } from '../store/movedLines.ts';

/** Keeps the totals of a month until all of them are there. */
export const onUsageMoved = on(UsageMovedSchema, async (event, tx) => {
  await insertMovedLines(tx, event, event.lines.map(movedLine));
});

function movedLine({ lineId, totals, records }: MovedLine) {
  for (const { metric, quantity } of totals) {
    if (isDecimal(quantity) && !quantity.startsWith('-')) continue;
    throw new Fault('EVENT_MALFORMED', { message: `line ${lineId} has ${quantity.slice(0, 50)} of ${metric}` });
  }
  const byMetric = Object.fromEntries(totals.map(({ metric, quantity }) => [metric, quantity]));
  return { lineId, totals: byMetric, usageBytes: wholeBytes(lineId, byMetric.bytes), records };
}

/** The volume as invoices and settlement show it; what is charged follows from the exact total. */
function wholeBytes(lineId: string, bytes = '0'): bigint {
  if (/^\d{1,40}$/.test(bytes)) return int64(bytes);
  throw new Fault('EVENT_MALFORMED', { message: `line ${lineId} has ${bytes.slice(0, 50)} bytes` });
}
