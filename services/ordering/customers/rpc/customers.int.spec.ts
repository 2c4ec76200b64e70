import { expect, test } from 'vitest';
import { CustomerService } from '#proto/ordering/v1/customer_service';
import { CustomerChangedSchema } from '#proto/ordering/v1/events';
import { Counter } from '../../testing.ts';

test('a customer is registered, found, changed by mask and told to everybody', async () => {
  await using counter = await Counter.open();
  const id = await counter.newCustomer();
  const changed = await counter.call(CustomerService, 'updateCustomer', {
    customer: { id, email: '', phone: '010-9999-0000' },
    updateMask: { paths: ['email', 'phone'] },
  });
  expect(changed).toMatchObject({ id, displayName: '김민지', email: '', phone: '010-9999-0000', etag: '2' });
  expect(await counter.call(CustomerService, 'getCustomer', { customer: id })).toEqual(changed);
  expect(await counter.events(CustomerChangedSchema)).toMatchObject([
    { customer: { id, email: 'minji@example.com', etag: '1' } },
    { customer: { id, email: '', etag: '2' } },
  ]);
});

test('a customer may come with an id of its own, which is taken then', async () => {
  await using counter = await Counter.open();
  const register = () =>
    counter.call(CustomerService, 'createCustomer', { customer: { id: 'shopper', displayName: '이가게' } });
  expect(await register()).toMatchObject({ id: 'shopper', etag: '1' });
  await expect(register()).rejects.toMatchObject({ reason: 'ID_TAKEN', metadata: { customer_id: 'shopper' } });
});

test('refused: an unknown customer, a nameless one, a foreign field, a stale etag', async () => {
  await using counter = await Counter.open();
  const id = await counter.newCustomer();
  const update = (customer: object, ...paths: string[]) =>
    counter.call(CustomerService, 'updateCustomer', { customer: { id, ...customer }, updateMask: { paths } });
  await expect(counter.call(CustomerService, 'getCustomer', { customer: 'nobody' })).rejects.toMatchObject({
    reason: 'CUSTOMER_NOT_FOUND',
  });
  await expect(update({ id: 'nobody', phone: '0100' })).rejects.toMatchObject({ reason: 'CUSTOMER_NOT_FOUND' });
  await expect(update({}, 'display_name')).rejects.toMatchObject({
    reason: 'INVALID_REQUEST',
    violations: [{ field: 'customer.display_name' }],
  });
  await expect(update({}, 'create_time')).rejects.toMatchObject({ violations: [{ field: 'update_mask' }] });
  await expect(update({ etag: '7', phone: '0100' })).rejects.toMatchObject({ reason: 'ETAG_MISMATCH' });
  expect(await counter.events(CustomerChangedSchema)).toHaveLength(1);
});

test('customers are listed oldest first, in pages', async () => {
  await using counter = await Counter.open();
  const ids = [await counter.newCustomer('A'), await counter.newCustomer('B'), await counter.newCustomer('C')];
  const first = await counter.call(CustomerService, 'listCustomers', { pageSize: 2 });
  const second = await counter.call(CustomerService, 'listCustomers', { pageSize: 2, pageToken: first.nextPageToken });
  expect([...first.customers, ...second.customers].map(({ id }) => id)).toEqual(ids);
  expect(second.nextPageToken).toBe('');
});
