import { EventLogService } from '#proto/common/v1/event_log_service';
import type { ServiceName } from '#shared/config/service';
import { type ClientOf, callsOf } from '#shared/rpc/calls';

const sources: ServiceName[] = ['ordering', 'billing'];

/** The events that the view is made of, from the beginning. Every service serves its own. */
export const eventLogs = { ...callsOf(EventLogService, 'streamEvents'), at: sources };
export type EventLog = ClientOf<typeof eventLogs>;
