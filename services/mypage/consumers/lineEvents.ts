import type { Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';
import {
  LineActivatedSchema,
  LineChangeAbandonedSchema,
  LineChangeRequestedSchema,
  LineOfferingChangedSchema,
  LineRestoredSchema,
  LineResumedSchema,
  LineSuspendedSchema,
  LineTerminatedSchema,
  LineUpdatedSchema,
} from '#proto/ordering/v1/events';
import type { Line } from '#proto/ordering/v1/line';
import { Fault } from '#shared/errors/fault';
import { abandonChange } from '../domain/abandonChange.ts';
import { minuteText } from '../domain/words.ts';
import { put, tell } from '../domain/write.ts';
import { type Projection, projection } from './projection.ts';

type LineEvent = Message & { line?: Line | undefined; effectiveTime?: Timestamp | undefined };

/** Everything ordering says about lines. */
export function lineEvents(timeZone: string): Projection[] {
  const since = (effective: Timestamp | undefined) =>
    effective ? ` since ${minuteText(timestampDate(effective), timeZone)}` : '';
  const told = <E extends LineEvent>(schema: GenMessage<E>, text: (line: Line, event: LineEvent) => string) =>
    projection(schema, (message, { id, time, sequence }) => {
      const event: LineEvent = message;
      const line = lineOf(event);
      const entry = { id, customerId: line.customerId, time, subjectId: line.id };
      return [
        put('line', sequence, line, line.customerId),
        tell({ ...entry, event: schema.name, text: text(line, event) }),
      ];
    });
  return [
    // The order's own entry says what was asked; here only the line is new.
    projection(LineChangeRequestedSchema, (event, { sequence }) => {
      const line = lineOf(event);
      return [put('line', sequence, line, line.customerId)];
    }),
    projection(LineChangeAbandonedSchema, ({ lineId, orderId, action }, { sequence }) => [
      {
        type: 'amendment',
        amendment: { kind: 'line', id: lineId, sequence, amend: (line) => abandonChange(line, orderId, action) },
      },
    ]),
    told(LineActivatedSchema, ({ serviceNumber }, e) => `${serviceNumber} is in service${since(e.effectiveTime)}`),
    told(LineSuspendedSchema, ({ serviceNumber }, e) => `${serviceNumber} is suspended${since(e.effectiveTime)}`),
    told(LineResumedSchema, ({ serviceNumber }, e) => `${serviceNumber} is back in service${since(e.effectiveTime)}`),
    told(LineTerminatedSchema, ({ serviceNumber }, e) => `${serviceNumber} is terminated${since(e.effectiveTime)}`),
    told(LineRestoredSchema, ({ serviceNumber }, e) => `${serviceNumber} is restored${since(e.effectiveTime)}`),
    told(
      LineOfferingChangedSchema,
      ({ serviceNumber, offeringId }, e) => `${serviceNumber} has the offering ${offeringId}${since(e.effectiveTime)}`,
    ),
    told(LineUpdatedSchema, ({ serviceNumber, email, address }) => {
      const places = [email || 'your e-mail address', address || 'your postal address'];
      return `Documents of ${serviceNumber} now go to ${places.join(' and ')}`;
    }),
  ];
}

function lineOf({ $typeName, line }: LineEvent): Line {
  if (line?.customerId) return line;
  throw new Fault('EVENT_MALFORMED', { message: `${$typeName} without a line or its customer` });
}
