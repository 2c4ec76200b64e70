import { DeliveryStateChangedSchema } from '#proto/ordering/v1/events';
import { Fault } from '#shared/errors/fault';
import { deliveryText } from '../domain/deliveryText.ts';
import { put, tell } from '../domain/write.ts';
import { projection } from './projection.ts';

export const onDeliveryStateChanged = projection(
  DeliveryStateChangedSchema,
  ({ delivery, offeringName }, { id, time, sequence }) => {
    if (!delivery?.customerId) {
      throw new Fault('EVENT_MALFORMED', { message: 'DeliveryStateChanged without a delivery or its customer' });
    }
    const { customerId } = delivery;
    const text = deliveryText(delivery, offeringName);
    return [
      put('delivery', sequence, delivery, customerId),
      tell({ id, customerId, time, event: 'DeliveryStateChanged', text, subjectId: delivery.id }),
    ];
  },
);
