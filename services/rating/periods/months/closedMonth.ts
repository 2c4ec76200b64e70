import { fromBinary } from '@bufbuild/protobuf';
import { LineMonthSchema, type LineMonth as ProtoLineMonth } from '#proto/common/v1/line_month';
import type { Sql } from '#shared/database/database';
import { TariffShelf } from '../../tariffs/tariffShelf.ts';
import { type LineMonth, lineMonthOf, portionOf } from '../domain/lineMonth.ts';
import type { MonthPlan } from '../domain/monthPlan.ts';
import { linesByIds, type MonthLineRow } from '../store/monthLines.ts';
import { type PeriodLineRow, periodLinesAfter } from '../store/periodLines.ts';
import { batchLineMonths } from './movedMonth.ts';
import { linesPerFold } from './openMonth.ts';
import { portionFromProto, versionSince } from './portionFromProto.ts';

interface Choice {
  after?: string;
  lineIds?: readonly string[] | undefined;
  limit?: number;
}

/**
 * The months of the lines as a closed month has handed them over, in that order, some thousand at a time. An earlier version handed lines over one by
 * one, in the order of their ids; those come behind the batches.
 */
export async function* closedLineMonths(
  sql: Sql,
  periodNo: number,
  month: MonthPlan,
  choice: Choice = {},
): AsyncGenerator<LineMonth[]> {
  const limit = Math.min(choice.limit ?? linesPerFold, linesPerFold);
  const shelf = new TariffShelf();
  let ready: LineMonth[] = [];
  for await (const lines of allLineMonths(sql, periodNo, shelf, month, choice)) {
    ready.push(...lines);
    for (; ready.length >= limit; ready = ready.slice(limit)) yield ready.slice(0, limit);
  }
  if (ready.length > 0) yield ready;
}

async function* allLineMonths(
  sql: Sql,
  periodNo: number,
  shelf: TariffShelf,
  month: MonthPlan,
  { after = '', lineIds }: Choice,
): AsyncGenerator<LineMonth[]> {
  const isRow =
    after !== '' && (await periodLinesAfter(sql, periodNo, { after: '', limit: 1, lineIds: [after] })).length > 0;
  if (!isRow) yield* batchLineMonths(sql, periodNo, shelf, month, { after, lineIds });
  yield* rowLineMonths(sql, periodNo, shelf, month, { after: isRow ? after : '', lineIds });
}

async function* rowLineMonths(
  sql: Sql,
  periodNo: number,
  shelf: TariffShelf,
  month: MonthPlan,
  choice: { after: string; lineIds: readonly string[] | undefined },
): AsyncGenerator<LineMonth[]> {
  for (let { after } = choice; ; ) {
    const rows = await periodLinesAfter(sql, periodNo, { after, limit: linesPerFold, lineIds: choice.lineIds });
    if (rows.length === 0) return;
    const accounts = await accountsOf(sql, rows);
    const moved = rows.map((row) => ({
      row,
      account: accounts.get(row.line_id),
      portions: row.portions ? fromBinary(LineMonthSchema, row.portions) : undefined,
    }));
    await shelf.fetch(sql, moved.flatMap(tariffIds));
    yield moved.map((each) => lineMonth(each, shelf, month));
    if (rows.length < linesPerFold) return;
    after = rows.at(-1)?.line_id ?? after;
  }
}

interface Moved {
  row: PeriodLineRow;
  account: MonthLineRow | undefined;
  portions: ProtoLineMonth | undefined;
}

async function accountsOf(sql: Sql, rows: readonly PeriodLineRow[]): Promise<Map<string, MonthLineRow>> {
  const ids = rows.filter(({ portions }) => !portions).map(({ line_id }) => line_id);
  return new Map((await linesByIds(sql, ids)).map((line) => [line.lineId, line]));
}

function tariffIds({ row, account, portions }: Moved): string[] {
  if (portions) return portions.portions.map(({ tariffId }) => tariffId);
  return [row.tariff_id ?? account?.tariffId ?? ''];
}

function lineMonth({ row, account, portions }: Moved, shelf: TariffShelf, month: MonthPlan): LineMonth {
  if (portions)
    return lineMonthOf(
      row.line_id,
      portions.portions.map((portion) => portionFromProto(portion, shelf)),
    );
  const usage = { bytes: BigInt(row.bytes), events: row.records, counted: new Map() };
  const tariff = shelf.get(row.tariff_id ?? account?.tariffId ?? '');
  // Months closed before the version was kept were priced by the one in force at their last instant.
  const whole = month.ofTariff(tariff, row.offering_id).stretches.at(-1);
  if (!whole) throw new Error('unreachable: a month has a stretch');
  const version = row.tariff_id === null ? whole.version : versionSince(tariff, row.tariff_version ?? undefined);
  const stretch = { ...whole, version, firstDay: 1, lastDay: month.days.length - 1 };
  return lineMonthOf(row.line_id, [portionOf(stretch, usage, account?.active ?? [], month.days)]);
}
