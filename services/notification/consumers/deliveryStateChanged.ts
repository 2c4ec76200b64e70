import { DeliveryStateChangedSchema } from '#proto/ordering/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { deliveryStateChanged } from '../templates/deliveryStateChanged.ts';
import { notifyCustomer } from './notify.ts';

/** A text message when goods are shipped and when they have arrived. */
export function onDeliveryStateChanged(now: () => Date) {
  return on(DeliveryStateChangedSchema, async (event, tx, { id }) => {
    const { delivery } = event;
    if (!delivery?.customerId) throw new Fault('EVENT_MALFORMED', { message: 'a delivery needs a customer' });
    const draft = deliveryStateChanged(event);
    if (draft) await notifyCustomer(tx, { eventId: id, now: now() }, delivery.customerId, draft);
  });
}
