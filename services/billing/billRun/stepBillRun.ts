import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { BillRunCompletedSchema } from '#proto/billing/v1/events';
import type { Transaction } from '#shared/database/database';
import { toProto } from '#shared/money/money';
import { emit } from '#shared/outbox/outbox';
import { type BillRun, beginInvoicing, completeBillRun, lockBillRun, sumBillRun } from '../store/billRuns.ts';
import { assignAccounts } from '../store/movedLines.ts';
import { packMovedLines } from '../store/packMovedLines.ts';
import type { BillRunOptions } from './billRunOptions.ts';
import { invoiceAdjustments } from './invoiceAdjustments.ts';
import { invoiceBatch } from './invoiceBatch.ts';
import { Preparing } from './prepareBatch.ts';

/**
 * Does one piece of a bill run in one transaction: WAITING → INVOICING (a batch as it was handed over each, the last pieces for adjustments of accounts
 * without a line) → COMPLETED. A run begins with the first batch, while rating hands over the others. All progress is in the database, so a killed run goes on where the last committed piece ended.
 */
export async function stepBillRun(
  options: BillRunOptions,
  id: string,
  preparing = new Preparing(options),
): Promise<'progressed' | 'waiting'> {
  return options.database.transaction(async (tx) => {
    const run = await lockBillRun(tx, id);
    if (!run) return 'waiting';
    switch (run.state) {
      case 'COMPLETED':
        return 'waiting';
      case 'WAITING':
        return begin(options, tx, run);
      case 'INVOICING':
        return invoice(options, tx, run, preparing);
      default:
        return run.state satisfies never;
    }
  });
}

/** Brings what rating's earlier versions handed over line by line into batches; for a month without such lines there is nothing to do. */
async function begin(options: BillRunOptions, tx: Transaction, run: BillRun): Promise<'progressed' | 'waiting'> {
  const unknown = await assignAccounts(tx, run);
  if (unknown > 0 && waits(options, run, unknown)) return 'waiting';
  if ((await packMovedLines(tx, run)) === 'done') await beginInvoicing(tx, run.id);
  return 'progressed';
}

async function invoice(
  options: BillRunOptions,
  tx: Transaction,
  run: BillRun,
  preparing: Preparing,
): Promise<'progressed' | 'waiting'> {
  let prepared = await preparing.next(run, run.cursorBatch);
  // What is not known may have come since it was looked for.
  if (prepared && prepared.unknown.length > 0) prepared = await preparing.next(run, run.cursorBatch, true);
  if (prepared) {
    if (prepared.unknown.length > 0 && waits(options, run, prepared.unknown.length)) return 'waiting';
    await invoiceBatch(options, tx, run, prepared);
    preparing.release(prepared);
    return 'progressed';
  }
  if (!run.handedOver) return 'waiting';
  if ((await invoiceAdjustments(options, tx, run)) === 'done') await complete(options, tx, run);
  return 'progressed';
}

/**
 * Rating's events come beside ordering's, so totals may overtake the order that opened the line. A line that stays unknown
 * (refused here, but in service at rating when it closed) is not invoiced, and settlement reports the difference.
 */
function waits({ clock, log, patienceMs }: BillRunOptions, run: BillRun, unknown: number): boolean {
  if (clock.now().getTime() - run.createTime.getTime() < patienceMs) return true;
  log.warn({ billRun: run.id, unknown }, 'lines without a charge account are not invoiced');
  return false;
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
