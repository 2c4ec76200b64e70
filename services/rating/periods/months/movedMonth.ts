import { fromBinary } from '@bufbuild/protobuf';
import { type MovedLine, type MovedPlan, type UsageMoved, UsageMovedSchema } from '#proto/rating/v1/events';
import type { Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { instantOf } from '#shared/time/instant';
import type { TariffShelf } from '../../tariffs/tariffShelf.ts';
import { type LineMonth, lineMonthOf } from '../domain/lineMonth.ts';
import type { MonthPlan } from '../domain/monthPlan.ts';
import { customersOf } from '../store/monthLines.ts';
import { batchesHolding, nextKeptBatch } from '../store/movedBatches.ts';
import { portionFromProto, versionSince } from './portionFromProto.ts';

interface Choice {
  after: string;
  lineIds: readonly string[] | undefined;
}

/** The months of the lines of a closed month's batches, batch by batch: those behind a line, or those named. */
export async function* batchLineMonths(
  sql: Sql,
  periodNo: number,
  shelf: TariffShelf,
  month: MonthPlan,
  choice: Choice,
): AsyncGenerator<LineMonth[]> {
  for await (const { lines, plans } of batches(sql, periodNo, choice)) {
    const chosen = chosenOf(lines, choice);
    if (chosen.length === 0) continue;
    const portions = chosen.flatMap((line) => line.portions);
    await shelf.fetch(
      sql,
      [...plans, ...portions].map(({ tariffId }) => tariffId),
    );
    yield chosen.map((line) => lineMonth(line, plans[line.plan - 1], shelf, month));
  }
}

async function* batches(sql: Sql, periodNo: number, { after, lineIds }: Choice): AsyncGenerator<UsageMoved> {
  if (lineIds) {
    const lines = await customersOf(sql, lineIds);
    for (const { body } of await batchesHolding(sql, periodNo, lines)) yield fromBinary(UsageMovedSchema, body);
    return;
  }
  const [behind] = after === '' ? [] : await customersOf(sql, [after]);
  for (let last = 0; ; ) {
    const kept = await nextKeptBatch(sql, periodNo, last, behind);
    if (!kept) return;
    yield fromBinary(UsageMovedSchema, kept.body);
    last = kept.batch;
  }
}

/** Lines follow one another within a batch, too: those behind a line stand behind it. */
function chosenOf(lines: readonly MovedLine[], { after, lineIds }: Choice): readonly MovedLine[] {
  if (lineIds) return lines.filter(({ lineId }) => lineIds.includes(lineId));
  return after === '' ? lines : lines.slice(lines.findIndex(({ lineId }) => lineId === after) + 1);
}

function lineMonth(line: MovedLine, plan: MovedPlan | undefined, shelf: TariffShelf, month: MonthPlan): LineMonth {
  const { lineId, portions, records, activeDays } = line;
  if (portions.length > 0) {
    return lineMonthOf(
      lineId,
      portions.map((portion) => portionFromProto(portion, shelf)),
    );
  }
  if (!plan) throw new Fault('TARIFF_NOT_FOUND', { message: `nothing is known that prices line ${lineId}` });
  const bytes = BigInt(line.totals.find(({ metric }) => metric === 'bytes')?.quantity ?? '0');
  const tariff = shelf.get(plan.tariffId);
  const version = versionSince(tariff, plan.tariffVersion && instantOf(plan.tariffVersion));
  const days = { firstDay: 1, lastDay: month.days.length - 1, activeDays };
  const usage = { bytes, events: records, counted: new Map() };
  return lineMonthOf(lineId, [{ tariff, version, offeringId: plan.offeringId, ...days, ...usage }]);
}
