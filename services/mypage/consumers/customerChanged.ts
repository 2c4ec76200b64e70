import { CustomerChangedSchema } from '#proto/ordering/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import type { MypageView } from '../store/view.ts';

export function onCustomerChanged(view: MypageView) {
  return on(CustomerChangedSchema, async ({ customer }, tx, { id, time }) => {
    if (!customer) throw new Fault('EVENT_MALFORMED', { message: 'CustomerChanged without a customer' });
    const isNew = await view.putCustomer(tx, customer, time);
    await view.addEntry(tx, {
      id,
      customerId: customer.id,
      time,
      event: 'CustomerChanged',
      text: isNew ? `Welcome, ${customer.displayName}` : 'Your details were changed',
      subjectId: customer.id,
    });
  });
}
