import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { PeriodClosedSchema, UsageMovedSchema } from '#proto/rating/v1/events';
import type { Database, Transaction } from '#shared/database/database';
import { int64 } from '#shared/int64';
import { emit } from '#shared/outbox/outbox';
import { killPoint } from '#shared/process/killPoint';
import { monthBounds } from '#shared/time/month';
import { type Worker, worker } from '#shared/worker/worker';
import { foldPeriod } from '../usage/store/totals.ts';
import { addMoved, endClosing, linesAfter, nextClosing, offeringTotals, takeSnapshot } from './store/closing.ts';
import { lockPeriod, type PeriodRow } from './store/periods.ts';

export const closeChannel = 'rating_period_close';
const linesPerBatch = 500;

export interface CloseOptions {
  database: Database;
  clock: { now(): Date };
  timeZone: string;
}

/**
 * IOT-8: hands a locked month over. CLOSING → snapshot of the totals → batches in the order of the line ids, each an event
 * UsageMoved together with the cursor behind it → CLOSED with PeriodClosed. Each arrow is one transaction under
 * the period's row lock, so a kill between any two repeats none and skips none.
 */
export function closeWorker(options: CloseOptions): Worker {
  return worker({
    name: 'period-close',
    everyMs: 1_000,
    channel: closeChannel,
    run: async () => {
      const no = await nextClosing(options.database);
      if (no === undefined) return 'idle';
      await options.database.transaction((tx) => advance(tx, no, options));
      killPoint('period.after-batch');
      return 'more';
    },
  });
}

/** Takes a closing period one step on. */
export async function advance(tx: Transaction, no: number, { clock, timeZone }: CloseOptions): Promise<void> {
  const period = await lockPeriod(tx, no);
  if (period?.state !== 'CLOSING') return;
  if (!period.snapshot) {
    await foldPeriod(tx, no);
    await takeSnapshot(tx, period, monthBounds(period.month, timeZone));
    return;
  }
  const lines = await linesAfter(tx, no, period.cursor, linesPerBatch);
  if (lines.length === 0) return finish(tx, period, clock.now());
  await addMoved(tx, no, lines);
  await emit(tx, UsageMovedSchema, {
    ...names(period),
    lines: lines.map(({ line_id, bytes, records }) => ({
      lineId: line_id,
      totals: [{ metric: 'bytes', quantity: bytes }],
      records,
    })),
  });
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
