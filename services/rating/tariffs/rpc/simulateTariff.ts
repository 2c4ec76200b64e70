import type { MessageInitShape } from '@bufbuild/protobuf';
import type { LineDifferenceSchema } from '#proto/common/v1/line_charges';
import type { SimulateTariffRequest, SimulateTariffResponseSchema } from '#proto/rating/v1/tariff_service';
import type { Database, Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { type Money, noMoney } from '#shared/money/money';
import { needsItemAmounts } from '#shared/pricing/needsItems';
import type { Tariff } from '#shared/pricing/tariff';
import type { CallContext } from '#shared/rpc/context';
import { cutPage, pageOf } from '#shared/rpc/page';
import type { LineMonth } from '../../periods/domain/lineMonth.ts';
import { MonthPricer } from '../../periods/domain/monthPricer.ts';
import { priceLine } from '../../periods/domain/priceLine.ts';
import { daysOf, lineMonths, type MonthView, viewMonth } from '../../periods/months/monthView.ts';
import { paced } from '../../periods/months/paced.ts';
import { knownBusiness } from '../../rpc/knownBusiness.ts';
import { checkKeys, isText } from '../../rpc/pageKeys.ts';
import { atOneInstant } from '../../store/snapshot.ts';
import { amounts, compareTariffs } from '../simulate/compareTariffs.ts';
import { simulatedMonths } from '../simulate/simulatedMonths.ts';
import { TariffShelf } from '../tariffShelf.ts';

/** A line's month by its own tariffs, and the same by the other one. */
interface Compared {
  line: LineMonth;
  other: LineMonth;
}

/** What all lines come to; it goes along in the token of further pages, which price only their own lines. */
interface Totals {
  lines: bigint;
  leftOut: bigint;
  before: bigint;
  now: bigint;
}

const totalsForm = /^\d{1,19} \d{1,19} -?\d{1,40} -?\d{1,40}$/;

/** Prices a month by another tariff beside the lines' own, at one instant, and writes nothing. */
export async function simulateTariff(
  request: SimulateTariffRequest,
  { signal }: CallContext,
  { database, timeZone }: { database: Database; timeZone: string },
): Promise<MessageInitShape<typeof SimulateTariffResponseSchema>> {
  const { business, period: month, offeringId } = request;
  const { limit, after } = pageOf(request);
  if (after) checkKeys(after, isText, (text) => totalsForm.test(text));
  const tariff = await lineTariff(database, request.tariff);
  const businessNo = await knownBusiness(database, business);
  return atOneInstant(database, async (tx) => {
    const view = await viewMonth(tx, { business, businessNo, month, timeZone });
    const compared = comparisons(tx, view, {
      tariff,
      offeringId,
      choice: after ? { after: after[0] ?? '', limit: limit + 1 } : {},
    });
    const totals = after ? totalsFrom(after[1] ?? '') : { lines: 0n, leftOut: 0n, before: 0n, now: 0n };
    const shown: MessageInitShape<typeof LineDifferenceSchema>[] = [];
    const days = daysOf(view);
    const pricer = new MonthPricer(days);
    for await (const each of paced(compared, signal)) {
      if (!after) add(totals, each, pricer);
      if (each !== 'left out' && shown.length <= limit) {
        shown.push(compareTariffs(each.line, priceLine(each.line, days), priceLine(each.other, days)));
      }
      if (after && shown.length > limit) break;
    }
    const page = cutPage(shown, limit, ({ lineId }) => [lineId ?? '', totalsText(totals)]);
    const { currency } = tariff;
    const money = (minor: bigint): Money => ({ ...noMoney(currency), minor });
    const { amountBefore, amount, difference } = amounts(money(totals.before), money(totals.now));
    return {
      lines: totals.lines,
      linesLeftOut: totals.leftOut,
      amountBefore,
      amount,
      difference,
      comparisons: page.rows,
      nextPageToken: page.nextPageToken,
    };
  });
}

async function lineTariff(sql: Sql, id: string): Promise<Tariff> {
  const shelf = new TariffShelf();
  await shelf.fetch(sql, [id]);
  const tariff = shelf.get(id);
  if (!tariff.versions.some(({ components }) => components.some(needsItemAmounts))) return tariff;
  throw new Fault('TARIFF_INVALID', {
    message: `${id} charges a share of what a usage item is worth, and the usage of lines has no amounts`,
  });
}

async function* comparisons(
  sql: Sql,
  view: MonthView,
  { tariff, offeringId, choice }: { tariff: Tariff; offeringId: string; choice: { after?: string; limit?: number } },
): AsyncGenerator<(Compared | 'left out')[]> {
  for await (const lines of lineMonths(sql, view, choice)) {
    const chosen = lines.filter((line) => offeringId === '' || line.offeringId === offeringId);
    const comparable = chosen.filter(({ portions }) => portions[0]?.tariff.currency === tariff.currency);
    const simulated = await simulatedMonths(sql, view, tariff, comparable);
    const byLine = new Map(simulated.map((line) => [line.lineId, line]));
    yield chosen.map((line) => {
      const other = byLine.get(line.lineId);
      return other ? { line, other } : 'left out';
    });
  }
}

function add(totals: Totals, each: Compared | 'left out', pricer: MonthPricer): void {
  if (each === 'left out') {
    totals.leftOut += 1n;
    return;
  }
  totals.lines += 1n;
  totals.before += pricer.amountOf(each.line).minor;
  totals.now += pricer.amountOf(each.other).minor;
}

function totalsText({ lines, leftOut, before, now }: Totals): string {
  return [lines, leftOut, before, now].join(' ');
}

function totalsFrom(text: string): Totals {
  const [lines = 0n, leftOut = 0n, before = 0n, now = 0n] = text.split(' ').map(BigInt);
  return { lines, leftOut, before, now };
}
