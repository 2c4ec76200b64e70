import { CustomerChangedSchema } from '#proto/ordering/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { putCustomer } from '../store/contacts.ts';

/** Keeps how the customer is reached. */
export const onCustomerChanged = on(CustomerChangedSchema, async ({ customer }, tx) => {
  if (!customer) throw new Fault('EVENT_MALFORMED', { message: 'the event names no customer' });
  const { id, displayName, email, phone } = customer;
  await putCustomer(tx, id, { displayName, email, phone });
});
