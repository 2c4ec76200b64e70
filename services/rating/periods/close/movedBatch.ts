import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type MovedPlan, MovedPlanSchema, UsageMovedSchema } from '#proto/rating/v1/events';
import { WireWriter } from '#shared/wire/wireWriter';
import type { MonthTable } from '../domain/monthTable.ts';
import type { LinePage } from './orderedLines.ts';

/** Most bytes of lines in an event, which must fit into a broker message of 1 MiB. */
const mostBytes = 850_000;

/** A batch on its way: the event's body, and what it comes to. */
export interface MovedBatch {
  body: Buffer;
  first: LineKey;
  last: LineKey;
  accounts: Int32Array;
  bytes: bigint;
  records: number;
  offerings: Map<string, { lines: number; bytes: bigint }>;
}

export interface LineKey {
  customer: string;
  line: string;
}

/** A line whose portions were added up from its records. */
export interface FoldedLine {
  offeringId: string;
  /** A common.v1.LineMonth, binary. */
  portions: Uint8Array;
}

/** A line of some page. */
export interface LineRef {
  page: LinePage;
  index: number;
}

/** `\n\x05bytes`: the metric of a total. */
const bytesMetric = Buffer.from([0x0a, 5, ...Buffer.from('bytes')]);

/**
 * Writes the event of as many of the lines as fit, whole customers if there is more than one. Lines come in their order, each with the page that it stands
 * in; folded ones have their portions beside them.
 */
export function writeBatch(
  lines: readonly LineRef[],
  folded: ReadonlyMap<number, FoldedLine>,
  table: MonthTable,
  head: { periodId: string; business: string; period: string; batch: number },
): MovedBatch {
  const out = new WireWriter(1_200_000);
  const plans = new Plans(table);
  let count = 0;
  // Where the customer under way began.
  let whole = { lines: 0, at: 0 };
  for (; count < lines.length; count++) {
    const line = lines[count] as LineRef;
    const start = out.at;
    const isNext = count === 0 || !isSameCustomer(line, lines[count - 1] as LineRef);
    if (isNext) whole = { lines: count, at: start };
    writeLine(out, line, isNext, folded, table, plans);
    if (out.at <= mostBytes || count === 0) continue;
    if (whole.lines > 0) count = whole.lines;
    out.at = whole.lines > 0 ? whole.at : start;
    break;
  }
  const said = { ...head, plans: plans.used };
  const body = Buffer.concat([toBinary(UsageMovedSchema, create(UsageMovedSchema, said)), out.written()]);
  return { body, ...sums(lines.slice(0, count), folded, table) };
}

/** The plans of a batch, in the order in which its lines name them. */
class Plans {
  readonly used: MovedPlan[] = [];
  readonly #table: MonthTable;
  readonly #places = new Map<number, number>();

  constructor(table: MonthTable) {
    this.#table = table;
  }

  /** Counted from 1; 0 where nothing is known that prices the line. */
  placeOf(plan: number): number {
    const known = this.#places.get(plan);
    if (known !== undefined) return known;
    const message = planToProto(this.#table, plan);
    const place = message ? this.used.push(message) : 0;
    this.#places.set(plan, place);
    return place;
  }
}

function planToProto(table: MonthTable, index: number): MovedPlan | undefined {
  const plan = table.plans[index];
  if (!plan?.version) return undefined;
  const { offeringId, tariffId, version } = plan;
  const since = version.effectiveTime && timestampFromDate(version.effectiveTime);
  return create(MovedPlanSchema, { offeringId, tariffId, ...(since && { tariffVersion: since }) });
}

function writeLine(
  out: WireWriter,
  { page, index }: LineRef,
  namesCustomer: boolean,
  folded: ReadonlyMap<number, FoldedLine>,
  table: MonthTable,
  plans: Plans,
): void {
  const account = page.account[index] as number;
  const start = out.begin(4);
  const own = folded.get(account);
  if (own) {
    // Its first fields are those of a LineMonth.
    out.raw(own.portions);
  } else {
    out.bytesOf(1, page.bytes, page.lineFrom[index], page.lineTo[index]);
    const total = out.begin(2);
    out.raw(bytesMetric);
    const bytes = table.bytesOf(account);
    if (typeof bytes === 'number') out.decimal(2, bytes);
    else out.text(2, String(bytes));
    out.end(total);
    out.unsigned(3, table.recordsOf(account));
  }
  if (namesCustomer) out.bytesOf(5, page.bytes, page.customerFrom[index], page.customerTo[index]);
  if (!own) {
    out.unsigned(6, plans.placeOf(table.planOf(account)));
    out.unsigned(7, table.daysOf(account));
  }
  out.end(start);
}

function sums(lines: readonly LineRef[], folded: ReadonlyMap<number, FoldedLine>, table: MonthTable) {
  const accounts = Int32Array.from(lines, ({ page, index }) => page.account[index] as number);
  const offerings = new Map<string, { lines: number; bytes: bigint }>();
  let bytes = 0n;
  let records = 0;
  for (const account of accounts) {
    const used = BigInt(table.bytesOf(account));
    const offering = folded.get(account)?.offeringId ?? table.plans[table.planOf(account)]?.offeringId ?? '';
    const sum = offerings.get(offering) ?? { lines: 0, bytes: 0n };
    sum.lines += 1;
    sum.bytes += used;
    offerings.set(offering, sum);
    bytes += used;
    records += table.recordsOf(account);
  }
  return { accounts, offerings, bytes, records, first: keyOf(lines[0]), last: keyOf(lines.at(-1)) };
}

function keyOf(line: LineRef | undefined): LineKey {
  if (!line) return { customer: '', line: '' };
  const { page, index } = line;
  const text = (from = 0, to = 0) => Buffer.from(page.bytes.buffer, page.bytes.byteOffset + from, to - from).toString();
  return {
    customer: text(page.customerFrom[index], page.customerTo[index]),
    line: text(page.lineFrom[index], page.lineTo[index]),
  };
}

export function isSameCustomer(a: LineRef, b: LineRef): boolean {
  const from = a.page.customerFrom[a.index] as number;
  const otherFrom = b.page.customerFrom[b.index] as number;
  const length = (a.page.customerTo[a.index] as number) - from;
  if (length !== (b.page.customerTo[b.index] as number) - otherFrom) return false;
  for (let at = 0; at < length; at++) if (a.page.bytes[from + at] !== b.page.bytes[otherFrom + at]) return false;
  return true;
}
