import { fromBinary } from '@bufbuild/protobuf';
import { MovedLineSchema, type MovedPlan, type MovedLine as ProtoMovedLine } from '#proto/rating/v1/events';
import type { Sql } from '#shared/database/database';
import { instantOf } from '#shared/time/instant';
import { daysInMonth } from '#shared/time/month';
import { lineEntry } from '../body/entries.ts';
import { chargeLine, type LineMonth } from '../domain/chargeLine.ts';
import type { Month } from '../domain/month.ts';
import type { Portion } from '../domain/portion.ts';
import { readLineMonth } from '../moved/readLineMonth.ts';
import { type AdjustableLine, readAdjustableLines } from '../store/adjustableLines.ts';
import { readTariffs } from '../store/copies.ts';
import type { MovedLine } from '../store/movedLines.ts';
import type { SlowLine } from './chargeBatch.ts';

interface Read {
  slow: SlowLine;
  line: MovedLine;
  message: ProtoMovedLine;
}

/**
 * Charges the lines of a batch that no plan prices, one by one: those with portions or with other totals than bytes and records, those of plans that
 * cannot be priced by totals, and those of which rating's earlier versions said only what they used.
 */
export async function chargeSlowLines(
  sql: Sql,
  { business, period, timeZone }: { business: string; period: string; timeZone: string },
  { body, plans }: { body: Uint8Array; plans: readonly MovedPlan[] },
  slow: readonly SlowLine[],
): Promise<void> {
  if (slow.length === 0) return;
  const month: Month = { month: period, zone: timeZone };
  const read = slow.map((each): Read => {
    const message = fromBinary(MovedLineSchema, body.subarray(each.from, each.to));
    return { slow: each, line: readLineMonth(message, 'EVENT_MALFORMED'), message };
  });
  const unsaid = read.filter(({ message }) => message.portions.length === 0 && message.plan === 0);
  const histories = await readAdjustableLines(
    sql,
    business,
    unsaid.map(({ line }) => line.lineId),
  );
  const months = read.map(({ slow: { serviceNumber }, line, message }) =>
    lineMonth({ ...line, serviceNumber }, plans[message.plan - 1], message.activeDays, histories, month),
  );
  const tariffs = await readTariffs(sql, tariffIdsOf(months));
  for (const [index, { slow: each, line }] of read.entries()) {
    const charged = chargeLine(months[index] as LineMonth, tariffs, month);
    each.draft.addCharged(charged, lineEntry(charged, line));
  }
}

function lineMonth(
  line: MovedLine & { serviceNumber: string },
  plan: MovedPlan | undefined,
  activeDays: number,
  histories: ReadonlyMap<string, AdjustableLine>,
  { month }: Month,
): LineMonth {
  const known = histories.get(line.lineId) ?? { activatedWith: nothing, changes: [], offerings: [] };
  const portions = line.portions.length === 0 && plan ? [planned(plan, activeDays, line, month)] : line.portions;
  return { ...line, portions, activatedWith: known.activatedWith, changes: known.changes, offerings: known.offerings };
}

const nothing = { offeringId: '', tariffId: '', since: undefined };

function planned(plan: MovedPlan, activeDays: number, { totals }: MovedLine, month: string): Portion {
  const { offeringId, tariffId, tariffVersion } = plan;
  const version = tariffVersion && instantOf(tariffVersion);
  const days = { firstDay: 1, lastDay: daysInMonth(month), activeDays };
  return { offeringId, tariffId, tariffVersion: version, ...days, totals, counted: {} };
}

function tariffIdsOf(months: readonly LineMonth[]): string[] {
  const ids = new Set<string>();
  for (const { portions, activatedWith, offerings } of months) {
    for (const { tariffId } of portions) ids.add(tariffId);
    for (const { tariffId } of offerings) ids.add(tariffId);
    ids.add(activatedWith.tariffId);
  }
  ids.delete('');
  return [...ids];
}
