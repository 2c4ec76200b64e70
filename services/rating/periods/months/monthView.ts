import type { Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { monthBounds } from '#shared/time/month';
import { findAccount } from '../../accounts/store/accounts.ts';
import type { LineMonth } from '../domain/lineMonth.ts';
import { MonthPlan } from '../domain/monthPlan.ts';
import type { MonthKey } from '../store/monthLines.ts';
import { findPeriod, type PeriodRow } from '../store/periods.ts';
import { closedLineMonths } from './closedMonth.ts';
import { openLineMonths } from './openMonth.ts';

/** A month of a business as it can be priced. */
export interface MonthView {
  /** Undefined while the month has no row. */
  period: PeriodRow | undefined;
  key: MonthKey;
  plan: MonthPlan;
}

export async function viewMonth(
  sql: Sql,
  of: { business: string; businessNo: number; month: string; timeZone: string },
): Promise<MonthView> {
  const period = await findPeriod(sql, of.business, of.month);
  const key = { businessNo: of.businessNo, periodNo: period?.no, ...monthBounds(of.month, of.timeZone) };
  return { period, key, plan: new MonthPlan(of.month, of.timeZone) };
}

/** The lines' months: what a closed month was closed with, else what a close would hand over now. */
export function lineMonths(
  sql: Sql,
  { period, key, plan }: MonthView,
  choice: { after?: string; lineIds?: readonly string[] | undefined; limit?: number },
): AsyncGenerator<LineMonth[]> {
  return period?.state === 'CLOSED'
    ? closedLineMonths(sql, period.no, plan, choice)
    : openLineMonths(sql, key, plan, choice);
}

export function daysOf({ plan }: MonthView): number {
  return plan.days.length - 1;
}

/** Refuses the id of a line that the business does not have. */
export async function requireLine(sql: Sql, businessNo: number, lineId: string): Promise<void> {
  const account = await findAccount(sql, lineId);
  if (account?.businessNo === businessNo) return;
  throw new Fault('LINE_NOT_FOUND', { message: `there is no line ${lineId}`, metadata: { line: lineId } });
}
