import { OrderStateChangedSchema } from '#proto/ordering/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { orderText } from '../domain/orderText.ts';
import type { MypageView } from '../store/view.ts';

export function onOrderStateChanged(view: MypageView) {
  return on(OrderStateChangedSchema, async ({ order, subjectName }, tx, { id, time }) => {
    if (!order?.customerId) throw new Fault('EVENT_MALFORMED', { message: 'OrderStateChanged without a customer' });
    await view.putOrder(tx, order, time);
    await view.addEntry(tx, {
      id,
      customerId: order.customerId,
      time,
      event: 'OrderStateChanged',
      text: orderText(order.action, order.state, subjectName || order.subjectId, order.stateReason),
      subjectId: order.id,
    });
  });
}
