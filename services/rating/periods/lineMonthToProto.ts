import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  LineMonthSchema,
  type MonthPortionSchema,
  type LineMonth as ProtoLineMonth,
} from '#proto/common/v1/line_month';
import { exactText } from '#shared/money/decimal';
import type { LineMonth, Portion } from './domain/lineMonth.ts';

/** The line's month as the contract has it, with its portions. */
export function lineMonthToProto({ lineId, bytes, records, portions }: LineMonth): ProtoLineMonth {
  return create(LineMonthSchema, {
    lineId,
    totals: totalsToProto(bytes, records),
    records,
    portions: portions.map(portionToProto),
  });
}

/** The same, binary, as it is kept. */
export function lineMonthBytes(line: LineMonth): Uint8Array {
  return toBinary(LineMonthSchema, lineMonthToProto(line));
}

/** What was used, by metric. A record of usage is an event. */
export function totalsToProto(bytes: bigint | string, events: bigint) {
  return [
    { metric: 'bytes', quantity: String(bytes) },
    { metric: 'events', quantity: String(events) },
  ];
}

function portionToProto(portion: Portion): MessageInitShape<typeof MonthPortionSchema> {
  const { tariff, version, offeringId, firstDay, lastDay, activeDays, bytes, events, counted } = portion;
  return {
    tariffId: tariff.id,
    tariffVersion: version.effectiveTime && timestampFromDate(version.effectiveTime),
    offeringId,
    firstDay,
    lastDay,
    activeDays,
    totals: totalsToProto(bytes, events),
    counted: [...counted].map(([component, quantity]) => ({ component, quantity: exactText(quantity) })),
  };
}
