import { UsageMovedSchema } from '#proto/rating/v1/events';
import { onBody } from '#shared/inbox/consumer';
import { readUsageMoved } from '../moved/movedBatch.ts';
import { readLineMonth } from '../moved/readLineMonth.ts';
import { insertMovedBatch } from '../store/movedBatches.ts';
import { insertMovedLines } from '../store/movedLines.ts';

/** Keeps the totals of a month until all of them are there: batches as they come, and line by line what rating's earlier versions send. */
export const onUsageMoved = onBody(UsageMovedSchema, readUsageMoved, async (event, tx) => {
  if ('body' in event) return insertMovedBatch(tx, event);
  await insertMovedLines(
    tx,
    event,
    event.lines.map((line) => readLineMonth(line, 'EVENT_MALFORMED')),
  );
});
