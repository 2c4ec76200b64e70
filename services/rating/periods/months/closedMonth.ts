import { fromBinary } from '@bufbuild/protobuf';
import { LineMonthSchema, type MonthPortion, type LineMonth as ProtoLineMonth } from '#proto/common/v1/line_month';
import type { Sql } from '#shared/database/database';
import { decimal } from '#shared/money/decimal';
import type { Tariff, TariffVersion } from '#shared/pricing/tariff';
import { instantOf } from '#shared/time/instant';
import { TariffShelf } from '../../tariffs/tariffShelf.ts';
import { type LineMonth, lineMonthOf, type Portion, portionOf } from '../domain/lineMonth.ts';
import type { MonthPlan } from '../domain/monthPlan.ts';
import { linesByIds, type MonthLineRow } from '../store/monthLines.ts';
import { type PeriodLineRow, periodLinesAfter } from '../store/periodLines.ts';
import { linesPerFold } from './openMonth.ts';

/** The months of the lines as a closed month has handed them over, in the order of the line ids, some thousand at a time. */
export async function* closedLineMonths(
  sql: Sql,
  periodNo: number,
  month: MonthPlan,
  choice: { after?: string; lineIds?: readonly string[] | undefined; limit?: number } = {},
): AsyncGenerator<LineMonth[]> {
  const shelf = new TariffShelf();
  const limit = Math.min(choice.limit ?? linesPerFold, linesPerFold);
  for (let after = choice.after ?? ''; ; ) {
    const rows = await periodLinesAfter(sql, periodNo, { after, limit, lineIds: choice.lineIds });
    if (rows.length === 0) return;
    const accounts = await accountsOf(sql, rows);
    const moved = rows.map((row) => ({
      row,
      account: accounts.get(row.line_id),
      portions: row.portions ? fromBinary(LineMonthSchema, row.portions) : undefined,
    }));
    await shelf.fetch(sql, moved.flatMap(tariffIds));
    yield moved.map((each) => lineMonth(each, shelf, month));
    if (rows.length < limit) return;
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

function portionFromProto(portion: MonthPortion, shelf: TariffShelf): Portion {
  const tariff = shelf.get(portion.tariffId);
  const { offeringId, firstDay, lastDay, activeDays, counted } = portion;
  const quantity = (metric: string) => BigInt(portion.totals.find((total) => total.metric === metric)?.quantity ?? '0');
  return {
    tariff,
    version: versionSince(tariff, portion.tariffVersion && instantOf(portion.tariffVersion)),
    offeringId,
    firstDay,
    lastDay,
    activeDays,
    bytes: quantity('bytes'),
    events: quantity('events'),
    counted: new Map(counted.map(({ component, quantity: text }) => [component, decimal(text)])),
  };
}

/** Versions are only ever added, so the time since when one is in force names it. */
function versionSince(tariff: Tariff, since: Date | undefined): TariffVersion {
  const version = tariff.versions.find(({ effectiveTime }) => effectiveTime?.getTime() === since?.getTime());
  if (!version) throw new Error(`tariff ${tariff.id} has no version since ${since?.toISOString() ?? 'always'}`);
  return version;
}
