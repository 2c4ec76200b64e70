import { AllowanceThresholdReachedSchema, SpendingLimitReachedSchema } from '#proto/rating/v1/events';
import { Fault } from '#shared/errors/fault';
import { type Handler, on } from '#shared/inbox/consumer';
import { allowanceThresholdReached, spendingLimitReached } from '../templates/lineUsage.ts';
import { notifyCustomer } from './notify.ts';

/** A text message when a line has used a share of an allowance, and when it has reached its spending limit. */
export function lineUsageEvents(now: () => Date): Handler[] {
  return [
    on(AllowanceThresholdReachedSchema, async (event, tx, { id }) => {
      requireCustomer(event);
      await notifyCustomer(tx, { eventId: id, now: now() }, event.customerId, allowanceThresholdReached(event));
    }),
    on(SpendingLimitReachedSchema, async (event, tx, { id }) => {
      requireCustomer(event);
      await notifyCustomer(tx, { eventId: id, now: now() }, event.customerId, spendingLimitReached(event));
    }),
  ];
}

function requireCustomer({ customerId }: { customerId: string }): void {
  if (!customerId) throw new Fault('EVENT_MALFORMED', { message: 'a line needs a customer' });
}
