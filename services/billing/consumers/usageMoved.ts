import { UsageMovedSchema } from '#proto/rating/v1/events';
import { on } from '#shared/inbox/consumer';
import { readLineMonth } from '../rpc/readLineMonth.ts';
import { insertMovedLines } from '../store/movedLines.ts';

/** Keeps the totals of a month until all of them are there. */
export const onUsageMoved = on(UsageMovedSchema, async (event, tx) => {
  await insertMovedLines(
    tx,
    event,
    event.lines.map((line) => readLineMonth(line, 'EVENT_MALFORMED')),
  );
});
