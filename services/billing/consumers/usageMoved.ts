import { UsageMovedSchema } from '#proto/rating/v1/events';
import { onBody } from '#shared/inbox/consumer';
import type { Clock } from '#shared/runtime/service';
import { readUsageMoved } from '../moved/movedBatch.ts';
import { readLineMonth } from '../moved/readLineMonth.ts';
import { beginBillRun } from '../store/billRuns.ts';
import { insertMovedBatch } from '../store/movedBatches.ts';
import { insertMovedLines } from '../store/movedLines.ts';

/** Keeps what is handed over of a month: batches as they come, which are invoiced at once, and line by line what rating's earlier versions send. */
export function onUsageMoved(clock: Clock) {
  return onBody(UsageMovedSchema, readUsageMoved, async (event, tx) => {
    if ('body' in event) {
      const { periodId: id, business, period } = event;
      await insertMovedBatch(tx, event);
      await beginBillRun(tx, { id, business, period, createTime: clock.now() });
      return;
    }
    await insertMovedLines(
      tx,
      event,
      event.lines.map((line) => readLineMonth(line, 'EVENT_MALFORMED')),
    );
  });
}
