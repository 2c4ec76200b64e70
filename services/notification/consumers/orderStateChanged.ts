import { OrderStateChangedSchema } from '#proto/ordering/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { orderStateChanged } from '../templates/orderStateChanged.ts';
import { notifyCustomer } from './notify.ts';

/** A text message at every change of an order's state. */
export function onOrderStateChanged(now: () => Date) {
  return on(OrderStateChangedSchema, async (event, tx, { id }) => {
    const { order } = event;
    if (!order?.customerId) throw new Fault('EVENT_MALFORMED', { message: 'an order needs a customer' });
    await notifyCustomer(tx, { eventId: id, now: now() }, order.customerId, orderStateChanged(event, order));
  });
}
