import { PeriodService } from '#proto/rating/v1/period_service';
import type { Database, Sql } from '#shared/database/database';
import { command, longCommand } from '#shared/rpc/context';
import { implement } from '#shared/rpc/implement';
import { cutPage, pageOf } from '#shared/rpc/page';
import { monthBounds } from '#shared/time/month';
import type { FaultReporter } from '../../conservation/report.ts';
import { knownBusiness } from '../../rpc/knownBusiness.ts';
import { checkKeys, isText } from '../../rpc/pageKeys.ts';
import { findPeriod, listPeriods, type PeriodRow } from '../store/periods.ts';
import { closePeriod } from './closePeriod.ts';
import { presentPeriod } from './convert.ts';
import { previewPeriod } from './previewPeriod.ts';
import { reratePeriod } from './reratePeriod.ts';

export interface PeriodServiceOptions {
  database: Database;
  clock: { now(): Date };
  timeZone: string;
  report: FaultReporter;
}

export function periodService(options: PeriodServiceOptions) {
  const { database, timeZone } = options;
  const present = (sql: Sql, names: { business: string; month: string }, businessNo: number, period?: PeriodRow) => {
    const key = { businessNo, periodNo: period?.no, ...monthBounds(names.month, timeZone) };
    return presentPeriod(sql, { period, key }, names);
  };
  const { before, inTransaction } = closePeriod(options);

  return implement(PeriodService, database, {
    getPeriod: async ({ business, period: month }) => {
      const row = await findPeriod(database, business, month);
      const no = row?.business_no ?? (await knownBusiness(database, business));
      return present(database, { business, month }, no, row);
    },

    listPeriods: async (request) => {
      const { limit, after } = pageOf(request);
      if (after) checkKeys(after, isText, isText);
      const rows = await listPeriods(database, { business: request.business, after, limit: limit + 1 });
      const page = cutPage(rows, limit, ({ month, business }) => [month, business]);
      const periods = [];
      for (const row of page.rows) periods.push(await present(database, row, row.business_no, row));
      return { periods, nextPageToken: page.nextPageToken };
    },

    closePeriod: command(async (request, tx) => {
      const row = await inTransaction(request, tx);
      return present(tx, row, row.business_no, row);
    }, before),
    previewPeriod: (request, context) => previewPeriod(request, context, options),
    reratePeriod: longCommand(reratePeriod(options)),
  });
}
