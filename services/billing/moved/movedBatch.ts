import { fromBinary } from '@bufbuild/protobuf';
import {
  MovedLineSchema,
  type MovedPlan,
  MovedPlanSchema,
  type UsageMoved,
  UsageMovedSchema,
} from '#proto/rating/v1/events';
import { Fault } from '#shared/errors/fault';
import { WireReader } from '#shared/wire/wireReader';
import { MovedLineReader } from './movedLineReader.ts';
import { readLineMonth } from './readLineMonth.ts';

/** What an event UsageMoved says, besides its lines. */
export interface BatchHead {
  periodId: string;
  business: string;
  period: string;
  /** From 1; 0 in events of earlier versions. */
  batch: number;
  plans: MovedPlan[];
}

/** A batch as it is kept: the body of its event, and where its lines begin and end. */
export interface MovedBatch extends BatchHead {
  lines: number;
  first: LineKey;
  last: LineKey;
  body: Uint8Array;
}

/** Lines come in the order of these, byte by byte. */
export interface LineKey {
  customer: string;
  line: string;
}

/** Reads what is around the lines, which are passed over. */
export function readBatchHead(body: Uint8Array): BatchHead {
  const head: BatchHead = { periodId: '', business: '', period: '', batch: 0, plans: [] };
  const fields = new WireReader(body);
  while (fields.next()) {
    if (fields.field === 1) head.periodId = fields.text();
    else if (fields.field === 2) head.business = fields.text();
    else if (fields.field === 3) head.period = fields.text();
    else if (fields.field === 5) head.batch = fields.varint();
    else if (fields.field === 6) {
      const end = fields.length();
      head.plans.push(fromBinary(MovedPlanSchema, body.subarray(fields.at, end)));
      fields.at = end;
    } else fields.skip();
  }
  return head;
}

/** Reads an event: a batch that is kept as it is, or the message of an earlier version. What cannot be charged is malformed. */
export function readUsageMoved(body: Uint8Array): MovedBatch | UsageMoved {
  const head = readBatchHead(body);
  if (head.batch === 0) return fromBinary(UsageMovedSchema, body);
  const lines = new MovedLineReader(body);
  const { id, customer } = lines;
  const previous = { customer: 0, customerTo: 0, line: 0, lineTo: 0 };
  let count = 0;
  let first: LineKey | undefined;
  while (lines.next()) {
    if (id.to === id.from) throw malformed(head, 'a line without an id');
    if (customer.to === customer.from) throw malformed(head, 'a line without a customer');
    if (lines.plan > head.plans.length) throw malformed(head, `a line of plan ${lines.plan}`);
    if (lines.activeDays > 31) throw malformed(head, `a line with ${lines.activeDays} days in service`);
    if (!lines.isPlain) readSlowly(lines);
    const byCustomer =
      customer.from === previous.customer
        ? 0
        : compare(body, customer.from, customer.to, previous.customer, previous.customerTo);
    const byLine = byCustomer === 0 ? compare(body, id.from, id.to, previous.line, previous.lineTo) : 1;
    if (byCustomer < 0 || byLine <= 0) throw malformed(head, `line ${lines.text(id)} out of its order`);
    previous.customer = customer.from;
    previous.customerTo = customer.to;
    previous.line = id.from;
    previous.lineTo = id.to;
    first ??= { customer: lines.text(customer), line: lines.text(id) };
    count++;
  }
  if (!first) throw malformed(head, 'no lines');
  const last = { customer: lines.text(customer), line: lines.text(id) };
  return { ...head, lines: count, first, last, body };
}

/** A line that says more than its totals, as a message. */
export function readSlowly(lines: MovedLineReader) {
  const line = fromBinary(MovedLineSchema, lines.bytes.subarray(lines.line.from, lines.line.to));
  return readLineMonth(line, 'EVENT_MALFORMED');
}

function compare(bytes: Uint8Array, from: number, to: number, otherFrom: number, otherTo: number): number {
  const length = Math.min(to - from, otherTo - otherFrom);
  for (let index = 0; index < length; index++) {
    const difference = (bytes[from + index] as number) - (bytes[otherFrom + index] as number);
    if (difference !== 0) return difference;
  }
  return to - from - (otherTo - otherFrom);
}

function malformed({ business, period, batch }: BatchHead, what: string): Fault {
  return new Fault('EVENT_MALFORMED', { message: `batch ${batch} of ${business} ${period} has ${what}` });
}
