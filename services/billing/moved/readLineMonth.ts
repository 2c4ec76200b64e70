import type { LineMonth, MonthPortion } from '#proto/common/v1/line_month';
import type { MetricQuantity } from '#proto/common/v1/period';
import type { MovedLine as ProtoMovedLine } from '#proto/rating/v1/events';
import { Fault } from '#shared/errors/fault';
import { int64 } from '#shared/int64';
import { isDecimal } from '#shared/money/decimal';
import { instantOf } from '#shared/time/instant';
import type { Portion, Quantities } from '../domain/portion.ts';
import type { MovedLine } from '../store/movedLines.ts';

/** A line's month as rating tells it. What cannot be charged is a Fault of the given reason. */
export function readLineMonth(
  { lineId, totals, records, portions }: LineMonth | ProtoMovedLine,
  reason: 'EVENT_MALFORMED' | 'INVALID_REQUEST',
): MovedLine {
  const refuse = (what: string) => new Fault(reason, { message: `line ${lineId} has ${what}` });
  const byMetric = readTotals(totals, refuse);
  return {
    lineId,
    // Each record is one event.
    totals: 'events' in byMetric ? byMetric : { ...byMetric, events: String(records) },
    usageBytes: wholeBytes(byMetric.bytes, refuse),
    records,
    portions: portions.map((portion) => readPortion(portion, refuse)),
  };
}

type Refuse = (what: string) => Fault;

function readPortion(portion: MonthPortion, refuse: Refuse): Portion {
  const { tariffId, tariffVersion, offeringId, firstDay, lastDay, activeDays } = portion;
  if (firstDay < 1 || lastDay < firstDay - 1 || lastDay > 31 || activeDays < 0 || activeDays > 31) {
    throw refuse(`a portion from day ${firstDay} to ${lastDay} with ${activeDays} days in service`);
  }
  return {
    tariffId,
    tariffVersion: tariffVersion && instantOf(tariffVersion),
    offeringId,
    firstDay,
    lastDay,
    activeDays,
    totals: readTotals(portion.totals, refuse),
    counted: Object.fromEntries(
      portion.counted.map(({ component, quantity }) => [component, checked(component, quantity, refuse)]),
    ),
  };
}

function readTotals(totals: readonly MetricQuantity[], refuse: Refuse): Quantities {
  return Object.fromEntries(totals.map(({ metric, quantity }) => [metric, checked(metric, quantity, refuse)]));
}

function checked(name: string, quantity: string, refuse: Refuse): string {
  if (isDecimal(quantity) && !quantity.startsWith('-')) return quantity;
  throw refuse(`${quantity.slice(0, 50)} of ${name}`);
}

/** The volume as invoices and settlement show it; what is charged follows from the exact total. */
function wholeBytes(bytes: string | undefined, refuse: Refuse): bigint {
  if (bytes === undefined) return 0n;
  if (/^\d{1,40}$/.test(bytes)) return int64(bytes);
  throw refuse(`${bytes.slice(0, 50)} bytes`);
}
