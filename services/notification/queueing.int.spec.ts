import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { OrderState } from '#proto/ordering/v1/order';
import type { CallContext } from '#shared/rpc/context';
import { getMessage, listMessages } from './rpc/messages.ts';
import { Bench } from './testing.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(() => bench.clear());

const as = (role: 'customer' | 'operator', customerId?: string) =>
  ({ caller: { subject: 's', roles: new Set([role]), customerId } }) as unknown as CallContext;

test('IOT-3 every change of state is one text message, also when its event comes again', async () => {
  await bench.customer('kim');
  await bench.order('e1', 'kim', OrderState.PENDING);
  await bench.order('e2', 'kim', OrderState.COMPLETED);
  await bench.order('e2', 'kim', OrderState.COMPLETED);
  expect(await bench.messages()).toMatchObject([
    { event_id: 'e1', state: 'QUEUED', channel: 'SMS', recipient: '010-1234', customer_id: 'kim' },
    { event_id: 'e2', state: 'QUEUED' },
  ]);
});

test('IOT-10 the mail goes to the address on the invoice, else to the customer’s', async () => {
  await bench.customer('kim');
  await bench.invoice('e1', 'kim', 'bills@example.com');
  await bench.invoice('e2', 'kim');
  expect((await bench.messages()).map(({ recipient }) => recipient)).toEqual(['bills@example.com', 'kim@example.com']);
});

test('a customer without phone or address, or a business without a department, leaves a FAILED message that says so', async () => {
  await bench.customer('kim', {});
  await bench.order('e1', 'kim');
  await bench.invoice('e2', 'kim');
  await bench.settlement('e3', '');
  expect((await bench.messages()).map(({ state, last_error }) => [state, last_error])).toEqual([
    ['FAILED', 'the customer has no phone number'],
    ['FAILED', 'the customer has no e-mail address'],
    ['FAILED', 'the business has no department address'],
  ]);
});

test('IOT-11 a department is told which sum of its usage does not hold', async () => {
  await bench.usageDifference('e1', 'dept@example.com');
  await bench.usageDifference('e2', 'dept@example.com', 'file-7');
  const [whole, file] = await bench.messages();
  expect(whole).toMatchObject({
    template: 'usage-difference-found',
    recipient: 'dept@example.com',
    subject: 'Usage iot 2026-11: rated = accumulated (bytes) does not hold',
  });
  expect(whole?.body).toContain('Expected: 1,234,567\nThere is: 1,234,566');
  expect(file?.body).toContain('File:     file-7');
});

test('a changed contact holds for the messages after it', async () => {
  await bench.customer('kim');
  await bench.customer('kim', { phone: '010-9999' });
  await bench.order('e1', 'kim');
  expect((await bench.messages())[0]?.recipient).toBe('010-9999');
});

test('messages are listed newest first, page by page, and by filter', async () => {
  await bench.customer('kim');
  await bench.customer('lee');
  for (let number = 1; number <= 5; number++) await bench.order(`kim-${number}`, 'kim');
  await bench.invoice('kim-invoice', 'kim');
  await bench.order('lee-1', 'lee');
  const list = listMessages(bench.database);
  const ask = (filter: object) =>
    list({ customerId: '', driverId: '', channel: 0, state: 0, pageSize: 0, pageToken: '', ...filter } as never);
  const first = await ask({ customerId: 'kim', channel: 1, pageSize: 3 });
  expect(first.messages.map(({ eventId }) => eventId)).toEqual(['kim-5', 'kim-4', 'kim-3']);
  const second = await ask({ customerId: 'kim', channel: 1, pageSize: 3, pageToken: first.nextPageToken });
  expect(second.messages.map(({ eventId }) => eventId)).toEqual(['kim-2', 'kim-1']);
  expect(second.nextPageToken).toBe('');
  expect((await ask({ channel: 2 })).messages.map(({ eventId }) => eventId)).toEqual(['kim-invoice']);
  expect((await ask({ state: 2 })).messages).toEqual([]);
  expect((await ask({})).messages).toHaveLength(7);
  await expect(ask({ pageToken: 'nonsense' })).rejects.toMatchObject({ reason: 'PAGE_TOKEN_INVALID' });
});

test('a customer sees no message of another customer and none of a department', async () => {
  await bench.customer('kim');
  await bench.order('e1', 'kim');
  await bench.settlement('e2', 'dept@example.com');
  const [own, department] = await bench.messages();
  const get = getMessage(bench.database);
  const message = (row: typeof own) => ({ message: row?.id }) as never;
  expect(await get(message(own), as('customer', 'kim'))).toMatchObject({ to: '010-1234', eventId: 'e1' });
  expect(await get(message(department), as('operator'))).toMatchObject({
    to: 'dept@example.com',
    attachments: ['settlement-iot-2026-11.pdf', 'settlement-iot-2026-11.csv'],
  });
  const notFound = { reason: 'MESSAGE_NOT_FOUND' };
  await expect(get(message(own), as('customer', 'lee'))).rejects.toMatchObject(notFound);
  await expect(get(message(department), as('customer', 'kim'))).rejects.toMatchObject(notFound);
  await expect(get({ message: 'nobody' } as never, as('operator'))).rejects.toMatchObject(notFound);
});
