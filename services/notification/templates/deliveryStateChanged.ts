import type { DeliveryStateChanged } from '#proto/ordering/v1/events';
import type { Draft } from '../domain/message.ts';
import { deliveryWords } from '../domain/words.ts';

/** Text message when goods leave or arrive; undefined for the other states, of which the order's own messages tell. */
export function deliveryStateChanged({ delivery, offeringName }: DeliveryStateChanged): Draft | undefined {
  const words = delivery && deliveryWords(delivery.state);
  if (!words) return undefined;
  return {
    channel: 'SMS',
    template: 'delivery-state-changed',
    subject: '',
    body: `[Jangbu] ${offeringName || delivery.offeringId} × ${delivery.quantity}: the delivery ${words}.`,
    attachments: [],
  };
}
