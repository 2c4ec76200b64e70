import type { ClosePeriodRequest } from '#proto/rating/v1/period_service';
import type { Database, Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { monthBounds } from '#shared/time/month';
import type { FaultReporter } from '../../conservation/report.ts';
import { requireConserved } from '../../conservation/requireConserved.ts';
import { knownFaults } from '../../conservation/store/faults.ts';
import { lookAt } from '../../conservation/worker.ts';
import { knownBusiness } from '../../rpc/knownBusiness.ts';
import { lockBusiness } from '../../store/businesses.ts';
import { closeChannel } from '../close/closeWorker.ts';
import { beginClosing } from '../store/closing.ts';
import { ensurePeriods, findPeriod, lockPeriod, type PeriodRow, queueUp } from '../store/periods.ts';

export interface ClosePeriodOptions {
  database: Database;
  clock: { now(): Date };
  timeZone: string;
  report: FaultReporter;
}

/** Locks a month whose books agree as far as that is known; the rest is the close worker's. */
export function closePeriod(options: ClosePeriodOptions) {
  const { database, clock, timeZone } = options;
  return {
    /** What did not add up before may do so by now: then the month can be closed. */
    async before({ business, period: month }: ClosePeriodRequest): Promise<void> {
      const row = await findPeriod(database, business, month);
      if (row?.state !== 'OPEN' || (await knownFaults(database, row.business_no, month)).length === 0) return;
      await lookAt({ no: row.no, businessNo: row.business_no, month }, options);
    },

    async inTransaction({ business, period: month }: ClosePeriodRequest, tx: Transaction): Promise<PeriodRow> {
      const row = await lockForClosing(tx, business, month);
      if (row.state !== 'OPEN') return row;
      if (monthBounds(month, timeZone).start > clock.now()) {
        throw new Fault('PERIOD_NOT_STARTED', {
          message: `${month} has not begun`,
          metadata: { business, period: month },
        });
      }
      await requireConserved(tx, { business, businessNo: row.business_no, month });
      await beginClosing(tx, row.no, clock.now());
      await tx.query(`notify ${closeChannel}`);
      return (await lockPeriod(tx, row.no)) ?? row;
    },
  };
}

/**
 * The lock on the business keeps changes of lines out, the one on the month keeps batches of usage out: each of them
 * is wholly before the close or sees it.
 */
async function lockForClosing(tx: Transaction, business: string, month: string): Promise<PeriodRow> {
  const no = await knownBusiness(tx, business);
  await lockBusiness(tx, no);
  await queueUp(tx, no, 'alone');
  await ensurePeriods(tx, no, [month]);
  const row = await findPeriod(tx, business, month);
  const locked = row && (await lockPeriod(tx, row.no));
  if (!locked) throw new Error('unreachable: the period was just made');
  return locked;
}
