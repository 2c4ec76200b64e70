import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { EventLogService, type StreamEventsRequest } from '#proto/common/v1/event_log_service';
import type { Database } from '../database/database.ts';
import { Fault } from '../errors/fault.ts';
import type { CallContext } from '../rpc/context.ts';
import { type Implementation, implement } from '../rpc/implement.ts';
import { loggedEvents } from './eventLog.ts';
import { settledHead } from './settledHead.ts';

/**
 * The service's own events, for whoever builds a view of them from nothing. A batch is read only when the one before it has been
 * taken, so a slow reader costs no memory; no transaction stays open in between.
 */
export function eventLogService(database: Database, draining: AbortSignal): Implementation {
  return implement(EventLogService, database, {
    streamEvents: (request, context) => streamEvents(database, request, context, draining),
  });
}

async function* streamEvents(
  database: Database,
  { afterPosition, types }: StreamEventsRequest,
  { signal }: CallContext,
  draining: AbortSignal,
) {
  const head = await settledHead(database, signal);
  for (let position = afterPosition; ; ) {
    if (draining.aborted) throw new Fault('SHUTTING_DOWN', { message: 'the service is about to stop' });
    const rows = await loggedEvents(database, { after: position, upTo: head, types });
    const last = rows.at(-1);
    // A log that is shorter than the reader remembers is another one; the reader sees it by its head.
    position = last && last.position < head ? last.position : head;
    const events = rows.map(({ time, ...row }) => ({ ...row, time: timestampFromDate(time) }));
    yield { events, position, head };
    if (position === head) return;
  }
}
