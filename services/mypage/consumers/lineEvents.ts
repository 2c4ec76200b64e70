import type { Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';
import {
  LineActivatedSchema,
  LineChangeAbandonedSchema,
  LineChangeRequestedSchema,
  LineRestoredSchema,
  LineResumedSchema,
  LineSuspendedSchema,
  LineTerminatedSchema,
  LineUpdatedSchema,
} from '#proto/ordering/v1/events';
import type { Line } from '#proto/ordering/v1/line';
import { OrderAction } from '#proto/ordering/v1/order';
import { Fault } from '#shared/errors/fault';
import { type Handler, on } from '#shared/inbox/consumer';
import { minuteText } from '../domain/words.ts';
import type { MypageView } from '../store/view.ts';

type LineEvent = Message & { line?: Line | undefined; effectiveTime?: Timestamp | undefined };

/** Everything ordering says about lines. */
export function lineEvents(view: MypageView, timeZone: string): Handler[] {
  const since = (effective: Timestamp | undefined) =>
    effective ? ` since ${minuteText(timestampDate(effective), timeZone)}` : '';
  const told = <E extends LineEvent>(schema: GenMessage<E>, text: (line: Line, event: LineEvent) => string) =>
    on(schema, async (message, tx, { id, time }) => {
      const event: LineEvent = message;
      const line = lineOf(event);
      await view.putLine(tx, line, time);
      const entry = { id, customerId: line.customerId, time, subjectId: line.id };
      await view.addEntry(tx, { ...entry, event: schema.name, text: text(line, event) });
    });
  return [
    // The order's own entry says what was asked; here only the line is new.
    on(LineChangeRequestedSchema, (event, tx, { time }) => view.putLine(tx, lineOf(event), time)),
    on(LineChangeAbandonedSchema, ({ lineId, orderId, action }, tx) =>
      view.abandonChange(tx, { lineId, orderId, activation: action === OrderAction.ACTIVATE }),
    ),
    told(LineActivatedSchema, ({ serviceNumber }, e) => `${serviceNumber} is in service${since(e.effectiveTime)}`),
    told(LineSuspendedSchema, ({ serviceNumber }, e) => `${serviceNumber} is suspended${since(e.effectiveTime)}`),
    told(LineResumedSchema, ({ serviceNumber }, e) => `${serviceNumber} is back in service${since(e.effectiveTime)}`),
    told(LineTerminatedSchema, ({ serviceNumber }, e) => `${serviceNumber} is terminated${since(e.effectiveTime)}`),
    told(LineRestoredSchema, ({ serviceNumber }, e) => `${serviceNumber} is restored${since(e.effectiveTime)}`),
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
