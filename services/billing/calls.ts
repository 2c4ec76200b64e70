import { UsageService } from '#proto/rating/v1/usage_service';
import { type ClientOf, callsOf } from '#shared/rpc/calls';

/** The records behind an invoice's line. */
export const usage = callsOf(UsageService, 'listUsageRecords');
export type Usage = ClientOf<typeof usage>;
