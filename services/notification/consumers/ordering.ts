import type { Handler } from '#shared/inbox/consumer';
import { banEvents } from './banEvents.ts';
import { onCustomerChanged } from './customerChanged.ts';
import { onDeliveryStateChanged } from './deliveryStateChanged.ts';
import { onDriverChanged } from './driverChanged.ts';
import { onOrderStateChanged } from './orderStateChanged.ts';
import { penaltyEvents } from './penaltyEvents.ts';
import { onRideStateChanged } from './rideStateChanged.ts';

/** Everything of ordering's that somebody is told of, and how they are reached. */
export function orderingHandlers(now: () => Date, timeZone: string): Handler[] {
  return [
    onCustomerChanged,
    onDriverChanged,
    onOrderStateChanged(now),
    onDeliveryStateChanged(now),
    onRideStateChanged(now, timeZone),
    ...penaltyEvents(now),
    ...banEvents(now),
  ];
}
