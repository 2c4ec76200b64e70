import { PeriodService } from '#proto/rating/v1/period_service';
import type { Database, Sql, Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { command } from '#shared/rpc/context';
import { implement } from '#shared/rpc/implement';
import { cutPage, pageOf } from '#shared/rpc/page';
import { monthBounds } from '#shared/time/month';
import { checkKeys, isText } from '../../rpc/pageKeys.ts';
import { findBusinessNo, hasLines, lockBusiness } from '../../store/businesses.ts';
import { closeChannel } from '../closeWorker.ts';
import { beginClosing, countLines } from '../store/closing.ts';
import { ensurePeriods, findPeriod, listPeriods, lockPeriod, type PeriodRow, queueUp } from '../store/periods.ts';
import { toPeriod } from './convert.ts';

export interface PeriodServiceOptions {
  database: Database;
  clock: { now(): Date };
  timeZone: string;
}

export function periodService({ database, clock, timeZone }: PeriodServiceOptions) {
  /** An open month counts its lines anew each time; a closed one has its count. */
  const present = async (sql: Sql, row: PeriodRow) =>
    toPeriod(
      row.snapshot ? row : { ...row, lines: await countLines(sql, row.business_no, monthBounds(row.month, timeZone)) },
    );

  return implement(PeriodService, database, {
    getPeriod: async ({ business, period }) => {
      const row = await findPeriod(database, business, period);
      if (row) return present(database, row);
      const no = await knownBusiness(database, business);
      return { ...openPeriod, business, period, lines: await countLines(database, no, monthBounds(period, timeZone)) };
    },

    listPeriods: async (request) => {
      const { limit, after } = pageOf(request);
      if (after) checkKeys(after, isText, isText);
      const rows = await listPeriods(database, { business: request.business, after, limit: limit + 1 });
      const page = cutPage(rows, limit, ({ month, business }) => [month, business]);
      const periods = [];
      for (const row of page.rows) periods.push(await present(database, row));
      return { periods, nextPageToken: page.nextPageToken };
    },

    closePeriod: command(async ({ business, period }, tx) => {
      const row = await lockForClosing(tx, business, period);
      if (row.state === 'OPEN') {
        if (monthBounds(period, timeZone).start > clock.now()) {
          throw new Fault('PERIOD_NOT_STARTED', { message: `${period} has not begun`, metadata: { business, period } });
        }
        await beginClosing(tx, row.no, clock.now());
        await tx.query(`notify ${closeChannel}`);
      }
      return present(tx, (await lockPeriod(tx, row.no)) ?? row);
    }),
  });
}

const openPeriod = toPeriod({
  business: '',
  month: '',
  state: 'OPEN',
  lines: 0n,
  moved: 0n,
  moved_bytes: '0',
  invoiced: 0n,
  close_time: null,
});

async function knownBusiness(sql: Sql, business: string): Promise<number> {
  const no = await findBusinessNo(sql, business);
  if (no === undefined || !(await hasLines(sql, no))) {
    throw new Fault('PERIOD_NOT_FOUND', { message: `${business} has no lines`, metadata: { business } });
  }
  return no;
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
