import { CustomerChangedSchema } from '#proto/ordering/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { putContact } from '../store/contacts.ts';

/** Keeps how the customer is reached. */
export const onCustomerChanged = on(CustomerChangedSchema, async ({ customer }, tx) => {
  if (!customer) throw new Fault('EVENT_MALFORMED', { message: 'the event names no customer' });
  const { id, displayName, email, phone } = customer;
  await putContact(tx, { customerId: id, displayName, email, phone });
});
