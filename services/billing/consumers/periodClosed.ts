import { PeriodClosedSchema } from '#proto/rating/v1/events';
import { on } from '#shared/inbox/consumer';
import type { Clock } from '#shared/runtime/service';
import { closeBillRun } from '../store/billRuns.ts';

/** Lets the month's bill run come to its end. Every total is here by now: it came before on the same stream. */
export function onPeriodClosed(clock: Clock) {
  return on(PeriodClosedSchema, async ({ periodId, business, period, lines }, tx) => {
    await closeBillRun(tx, { id: periodId, business, period, expectedLines: lines, createTime: clock.now() });
  });
}
