import { create, toBinary } from '@bufbuild/protobuf';
import type { AdjustMonthRequest } from '#proto/billing/v1/adjustment_service';
import { LineMonthSchema } from '#proto/common/v1/line_month';
import type { Sql } from '#shared/database/database';
import { Fault, invalidField, type Reason } from '#shared/errors/fault';
import { type ChargedLine, chargeLine, type LineMonth, portionsOf } from '../domain/chargeLine.ts';
import { type ChargedMonth, compareMonth, type MonthDifference } from '../domain/compareMonth.ts';
import type { Month } from '../domain/month.ts';
import { type Tariffs, tariffOf } from '../domain/portion.ts';
import { lineMonthToProto } from '../moved/lineMonthToProto.ts';
import { readLineMonth } from '../moved/readLineMonth.ts';
import { type AdjustableLine, readAdjustableLines } from '../store/adjustableLines.ts';
import type { NewAdjustment } from '../store/adjustments.ts';
import { readChargedMonths } from '../store/chargedMonth.ts';
import { readTariffs } from '../store/copies.ts';
import type { MovedLine } from '../store/movedLines.ts';

/** What became of one line: a difference, or why it could not be compared. A line without difference is not among them. */
export type Comparison =
  | { difference: MonthDifference; currency: string; adjustment: Omit<NewAdjustment, 'id'> }
  | { usage: MovedLine; reason: Reason };

/** Compares what the lines' month comes to with what was charged for it, in the order of the request. Changes nothing. */
export async function compareLines(
  sql: Sql,
  request: AdjustMonthRequest,
  billRunId: string,
  zone: string,
): Promise<Comparison[]> {
  const { business, period } = request;
  const usages = request.lines.map((line) => readLineMonth(line, 'INVALID_REQUEST'));
  const lineIds = usages.map(({ lineId }) => lineId);
  if (new Set(lineIds).size < lineIds.length) throw invalidField('lines', 'a line is named twice');
  const lines = await readAdjustableLines(sql, business, lineIds);
  const charged = await readChargedMonths(sql, { business, period }, billRunId, lineIds);
  const tariffs = await readTariffs(sql, tariffIds(usages, lines));
  return usages.flatMap((usage): Comparison[] => {
    const line = lines.get(usage.lineId);
    if (!line) return [{ usage, reason: 'CHARGE_ACCOUNT_NOT_FOUND' }];
    return compareLine({ business, month: { month: period, zone } }, line, usage, charged(usage.lineId), tariffs);
  });
}

function compareLine(
  { business, month }: { business: string; month: Month },
  line: AdjustableLine,
  usage: MovedLine,
  before: ChargedMonth,
  tariffs: Tariffs,
): Comparison[] {
  const lineMonth: LineMonth = { ...line, ...usage };
  let now: ChargedLine;
  try {
    now = chargeLine(lineMonth, tariffs, month);
  } catch (error) {
    // One line with a tariff that billing does not know does not concern the others.
    if (error instanceof Fault) return [{ usage, reason: error.reason }];
    throw error;
  }
  const portions = portionsOf(lineMonth, tariffs, month);
  if (portions.some(({ tariffId }) => tariffOf(tariffId, tariffs).currency !== line.currency)) {
    return [{ usage, reason: 'CURRENCY_MISMATCH' }];
  }
  const difference = compareMonth(before, now);
  if (!difference) return [];
  const adjustment = {
    business,
    period: month.month,
    lineId: line.lineId,
    accountId: line.accountId,
    offeringId: difference.offeringId,
    serviceNumber: line.serviceNumber,
    usageBytes: difference.usageBytes - difference.usageBytesBefore,
    charges: difference.now - difference.before,
    chargesBefore: difference.before,
    lines: difference.components.map(({ change }) => change),
    lineMonth: toBinary(LineMonthSchema, create(LineMonthSchema, lineMonthToProto(usage, portions))),
  };
  return [{ difference, currency: line.currency, adjustment }];
}

function tariffIds(usages: readonly MovedLine[], lines: ReadonlyMap<string, AdjustableLine>): string[] {
  const ids = new Set<string>();
  for (const { portions } of usages) for (const { tariffId } of portions) ids.add(tariffId);
  for (const { activatedWith, offerings } of lines.values()) {
    ids.add(activatedWith.tariffId);
    for (const { tariffId } of offerings) ids.add(tariffId);
  }
  return [...ids];
}
