import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { BillRunCompletedSchema } from '#proto/billing/v1/events';
import type { Database, Transaction } from '#shared/database/database';
import { toProto } from '#shared/money/money';
import { emit } from '#shared/outbox/outbox';
import type { Clock } from '#shared/runtime/service';
import type { Logger } from '#shared/telemetry/log';
import { type BillRun, beginInvoicing, completeBillRun, lockBillRun, sumBillRun } from '../store/billRuns.ts';
import { assignAccounts } from '../store/movedLines.ts';
import { invoiceAdjustments } from './invoiceAdjustments.ts';
import { invoiceBatch } from './invoiceBatch.ts';

export interface BillRunOptions {
  database: Database;
  clock: Clock;
  log: Logger;
  timeZone: string;
  /** Most lines of service per transaction, and so per invoice. */
  batchLines: number;
  /** How long a run waits for lines that were handed over before their order reached billing, in milliseconds. */
  patienceMs: number;
}

/**
 * Does one piece of a bill run in one transaction: WAITING (until every line handed over is known here) → INVOICING (a batch
 * of invoices each, the last ones for adjustments of accounts without a line) → COMPLETED. All progress is in the database, so a killed run goes on where the
 * last committed piece ended.
 */
export async function stepBillRun(options: BillRunOptions, id: string): Promise<'progressed' | 'waiting'> {
  return options.database.transaction(async (tx) => {
    const run = await lockBillRun(tx, id);
    if (!run) return 'waiting';
    switch (run.state) {
      case 'COMPLETED':
        return 'waiting';
      case 'WAITING':
        return wait(options, tx, run);
      case 'INVOICING':
        if ((await invoiceBatch(options, tx, run)) === 'more') return 'progressed';
        if ((await invoiceAdjustments(options, tx, run)) === 'more') return 'progressed';
        await complete(options, tx, run);
        return 'progressed';
      default:
        return run.state satisfies never;
    }
  });
}

/**
 * Rating's events come beside ordering's, so totals may overtake the order that opened the line. A line that stays unknown
 * (refused here, but in service at rating when it closed) is not invoiced, and settlement reports the difference.
 */
async function wait(options: BillRunOptions, tx: Transaction, run: BillRun): Promise<'progressed' | 'waiting'> {
  const unknown = await assignAccounts(tx, run);
  const waited = options.clock.now().getTime() - run.createTime.getTime();
  if (unknown > 0 && waited < options.patienceMs) return 'waiting';
  if (unknown > 0) options.log.warn({ billRun: run.id, unknown }, 'lines without a charge account are not invoiced');
  await beginInvoicing(tx, run.id);
  return 'progressed';
}

async function complete({ clock, log }: BillRunOptions, tx: Transaction, run: BillRun): Promise<void> {
  const { totals, ...sums } = await sumBillRun(tx, run.id);
  const completeTime = clock.now();
  await completeBillRun(tx, run.id, completeTime);
  await emit(tx, BillRunCompletedSchema, {
    billRunId: run.id,
    business: run.business,
    period: run.period,
    ...sums,
    totals: totals.map(({ currency, subtotal, tax, total }) => ({
      subtotal: toProto({ currency, minor: subtotal }),
      tax: toProto({ currency, minor: tax }),
      total: toProto({ currency, minor: total }),
    })),
    completeTime: timestampFromDate(completeTime),
  });
  log.info({ billRun: run.id, invoices: Number(sums.invoices), lines: Number(sums.lines) }, 'bill run completed');
}
