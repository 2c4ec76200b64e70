import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type MovedPlan, MovedPlanSchema, UsageMovedSchema } from '#proto/rating/v1/events';
import { WireWriter } from '#shared/wire/wireWriter';
import { ExactSums } from '../domain/exactSums.ts';
import type { MonthTable } from '../domain/monthTable.ts';
import type { LineQueue } from './lineQueue.ts';
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

/** `\n\x05bytes`: the metric of a total. */
const bytesMetric = Buffer.from([0x0a, 5, ...Buffer.from('bytes')]);

/**
 * Writes the event of as many of the first lines as fit, at most so many; whole customers if there is more than one. Folded lines have their portions
 * beside them. `out` is written over.
 */
export function writeBatch(
  lines: LineQueue,
  most: number,
  folded: ReadonlyMap<number, FoldedLine>,
  table: MonthTable,
  head: { periodId: string; business: string; period: string; batch: number },
  out = new WireWriter(mostBytes),
): MovedBatch {
  out.at = 0;
  const plans = new Plans(table);
  let count = 0;
  // Where the customer under way began.
  let whole = 0;
  let wholeEnd = 0;
  for (; count < most; count++) {
    const start = out.at;
    const namesCustomer = count === 0 || !lines.isSameCustomer(count, count - 1);
    if (namesCustomer) {
      whole = count;
      wholeEnd = start;
    }
    const { page, index } = lines.at(count);
    writeLine(out, page as LinePage, index, namesCustomer, folded, table, plans);
    if (out.at <= mostBytes || count === 0) continue;
    out.at = whole > 0 ? wholeEnd : start;
    if (whole > 0) count = whole;
    break;
  }
  const said = { ...head, plans: plans.used };
  const body = Buffer.concat([toBinary(UsageMovedSchema, create(UsageMovedSchema, said)), out.written()]);
  return { body, first: keyOf(lines, 0), last: keyOf(lines, count - 1), ...sums(lines, count, folded, table) };
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
  page: LinePage,
  index: number,
  namesCustomer: boolean,
  folded: ReadonlyMap<number, FoldedLine>,
  table: MonthTable,
  plans: Plans,
): void {
  const account = page.account[index] as number;
  const start = out.begin(4);
  const own = table.isFolded(account) ? folded.get(account) : undefined;
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

function sums(lines: LineQueue, count: number, folded: ReadonlyMap<number, FoldedLine>, table: MonthTable) {
  const accounts = new Int32Array(count);
  const names = [...new Set([...table.plans, ...folded.values()].map(({ offeringId }) => offeringId))];
  const places = new Map(names.map((name, place) => [name, place]));
  const ofPlan = table.plans.map(({ offeringId }) => places.get(offeringId));
  const bytes = new ExactSums(names.length);
  const perName = new Int32Array(names.length);
  let records = 0;
  for (let place = 0; place < count; place++) {
    const account = lines.accountAt(place);
    accounts[place] = account;
    records += table.recordsOf(account);
    const own = table.isFolded(account) ? folded.get(account) : undefined;
    const name = (own ? places.get(own.offeringId) : ofPlan[table.planOf(account)]) ?? 0;
    perName[name] = (perName[name] ?? 0) + 1;
    const used = table.bytesOf(account);
    if (typeof used === 'number') bytes.add(name, used);
    else bytes.addLarge(name, used);
  }
  const offerings = new Map(
    names.flatMap((name, index) => {
      const own = perName[index] ?? 0;
      return own > 0 ? [[name, { lines: own, bytes: bytes.get(index) }] as const] : [];
    }),
  );
  return { accounts, offerings, bytes: offerings.values().reduce((sum, each) => sum + each.bytes, 0n), records };
}

function keyOf(lines: LineQueue, place: number): LineKey {
  const { page, index } = lines.at(place);
  const text = (from = 0, to = 0) => (page ? page.bytes.toString('utf8', from, to) : '');
  return {
    customer: text(page?.customerFrom[index], page?.customerTo[index]),
    line: text(page?.lineFrom[index], page?.lineTo[index]),
  };
}
