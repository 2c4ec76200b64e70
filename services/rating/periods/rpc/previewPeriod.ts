import type { MessageInitShape } from '@bufbuild/protobuf';
import type { PreviewPeriodRequest, PreviewPeriodResponseSchema } from '#proto/rating/v1/period_service';
import type { Database, Transaction } from '#shared/database/database';
import { int64 } from '#shared/int64';
import { toProto } from '#shared/money/money';
import { lineCharges } from '#shared/pricing/lineCharges';
import type { CallContext } from '#shared/rpc/context';
import { cutPage, pageOf } from '#shared/rpc/page';
import type { UsageFault } from '../../conservation/domain/compare.ts';
import { examine } from '../../conservation/examine.ts';
import { faultToProto } from '../../conservation/rpc/convert.ts';
import { knownFaults } from '../../conservation/store/faults.ts';
import { knownBusiness } from '../../rpc/knownBusiness.ts';
import { checkKeys, isText } from '../../rpc/pageKeys.ts';
import { atOneInstant } from '../../store/snapshot.ts';
import { ChargeTotals } from '../domain/chargeTotals.ts';
import type { LineMonth } from '../domain/lineMonth.ts';
import { MonthPricer } from '../domain/monthPricer.ts';
import { type LinePrice, priceLine } from '../domain/priceLine.ts';
import { daysOf, lineMonths, type MonthView, requireLine, viewMonth } from '../months/monthView.ts';
import { paced } from '../months/paced.ts';
import { presentPeriod } from './convert.ts';

interface Priced {
  line: LineMonth;
  price: LinePrice;
}

interface Page {
  after: string;
  limit: number;
  /** Those of the first page, which has gone through the whole month. */
  totals: ChargeTotals | undefined;
}

/**
 * Shows what closing the month now would come to, at one instant, and writes nothing. Every line is priced for the first page; later
 * ones take the totals from their token and price only their own lines.
 */
export async function previewPeriod(
  request: PreviewPeriodRequest,
  { signal }: CallContext,
  { database, timeZone }: { database: Database; timeZone: string },
): Promise<MessageInitShape<typeof PreviewPeriodResponseSchema>> {
  const { business, period: month, lineId } = request;
  const page = readPage(request);
  const businessNo = await knownBusiness(database, business);
  if (lineId !== '') await requireLine(database, businessNo, lineId);
  return atOneInstant(database, async (tx) => {
    const view = await viewMonth(tx, { business, businessNo, month, timeZone });
    const choice = { lineIds: lineId === '' ? undefined : [lineId] };
    const { totals, shown } = page.totals
      ? { totals: page.totals, shown: await onePage(tx, view, { ...choice, ...page }) }
      : await wholeMonth(tx, view, choice, page.limit, signal);
    const cut = cutPage(shown, page.limit, ({ line }) => [line.lineId, totals.toText()]);
    const faults = await faultsOf(tx, { businessNo, month, timeZone }, page);
    return {
      period: await presentPeriod(tx, view, { business, month }),
      lines: totals.lines,
      usageBytes: int64(totals.bytes),
      charges: totals.amounts.map(toProto),
      linePreviews: cut.rows.map(previewOf),
      faults: faults.map(faultToProto),
      nextPageToken: cut.nextPageToken,
    };
  });
}

function readPage(request: PreviewPeriodRequest): Page {
  const { limit, after } = pageOf(request);
  if (!after) return { after: '', limit, totals: undefined };
  checkKeys(after, isText, (text) => ChargeTotals.form.test(text));
  return { after: after[0] ?? '', limit, totals: ChargeTotals.fromText(after[1] ?? '') };
}

async function wholeMonth(
  tx: Transaction,
  view: MonthView,
  choice: { lineIds: string[] | undefined },
  limit: number,
  signal: AbortSignal,
): Promise<{ totals: ChargeTotals; shown: Priced[] }> {
  const totals = new ChargeTotals();
  const shown: Priced[] = [];
  const pricer = new MonthPricer(daysOf(view));
  for await (const line of paced(lineMonths(tx, view, choice), signal)) {
    totals.add(line.bytes, pricer.amountOf(line));
    if (shown.length <= limit) shown.push({ line, price: priceLine(line, daysOf(view)) });
  }
  return { totals, shown };
}

async function onePage(
  tx: Transaction,
  view: MonthView,
  choice: { after: string; limit: number; lineIds: string[] | undefined },
): Promise<Priced[]> {
  for await (const lines of lineMonths(tx, view, { ...choice, limit: choice.limit + 1 })) {
    return lines.map((line) => ({ line, price: priceLine(line, daysOf(view)) }));
  }
  return [];
}

/** The records are added up once, for the first page. */
function faultsOf(
  tx: Transaction,
  of: { businessNo: number; month: string; timeZone: string },
  { totals }: Page,
): Promise<UsageFault[]> {
  return totals ? knownFaults(tx, of.businessNo, of.month) : examine(tx, of).then(({ faults }) => faults);
}

function previewOf({ line, price }: Priced) {
  return {
    lineId: line.lineId,
    offeringId: line.offeringId,
    usageBytes: int64(line.bytes),
    charges: lineCharges(price.portions),
    amount: toProto(price.amount),
  };
}
