import { CustomerChangedSchema } from '#proto/ordering/v1/events';
import { Fault } from '#shared/errors/fault';
import { put, tell } from '../domain/write.ts';
import { projection } from './projection.ts';

export const onCustomerChanged = projection(CustomerChangedSchema, ({ customer }, { id, time, sequence }) => {
  if (!customer) throw new Fault('EVENT_MALFORMED', { message: 'CustomerChanged without a customer' });
  const isNew = customer.etag === '' || customer.etag === '1';
  return [
    put('customer', sequence, customer, customer.id),
    tell({
      id,
      customerId: customer.id,
      time,
      event: 'CustomerChanged',
      text: isNew ? `Welcome, ${customer.displayName}` : 'Your details were changed',
      subjectId: customer.id,
    }),
  ];
});
