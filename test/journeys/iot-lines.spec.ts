import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Line, Message, Order } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';
import {
  activeLine,
  type Business,
  change,
  csv,
  ended,
  MONTH,
  moment,
  newAccount,
  newCustomer,
  newServiceNumber,
  openBusiness,
  orderLine,
  record,
  upload,
} from './business.ts';
import { eventNames } from './events.ts';
import { request } from './http.ts';
import { theWorld, type World } from './world.ts';

let world: World;
let business: Business;

beforeAll(async () => {
  world = theWorld();
  business = await openBusiness(world.operator);
});

/** Which accounts a line has in rating and billing, by their events. */
async function accountEvents(lineId: string): Promise<{ rating: string[]; billing: string[] }> {
  const rating = await eventNames(world.natsUrl, 'rating', 'account', lineId);
  const billing = await eventNames(world.natsUrl, 'billing', 'chargeAccount', lineId);
  return { rating, billing };
}

describe('IOT-1 activation', () => {
  test('IOT-1 rating and billing open an account each, and only then is the order COMPLETED', async () => {
    const customer = await newCustomer(world.operator);
    const created = await orderLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });
    expect(created.state).toBe('LINE_STATE_PENDING');

    const order = await ended(world.operator, created.pendingOrderId);
    expect(order.state).toBe('ORDER_STATE_COMPLETED');
    expect(order.history.map(({ state }) => state)).toEqual(['ORDER_STATE_PENDING', 'ORDER_STATE_COMPLETED']);

    const line = await world.operator.get<Line>(`/v1/lines/${created.id}`);
    expect(line.state).toBe('LINE_STATE_ACTIVE');
    expect(line.pendingOrderId ?? '').toBe('');
    expect(await accountEvents(line.id)).toEqual({ rating: ['RatingAccountOpened'], billing: ['ChargeAccountOpened'] });
  });

  test('IOT-1 a customer activates a line with an account of their own', async () => {
    const customer = await newCustomer(world.operator);
    const own = await world.customer(customer.id);
    const account = await newAccount(own, customer.id);
    const created = await orderLine(own, {
      customerId: customer.id,
      offeringId: business.offeringId,
      accountId: account.id,
    });
    expect((await ended(own, created.pendingOrderId)).state).toBe('ORDER_STATE_COMPLETED');
    expect((await own.get<Line>(`/v1/lines/${created.id}`)).accountId).toBe(account.id);
  });

  test('IOT-1 the same request under the same key is one line; under the same key another request is refused', async () => {
    const customer = await newCustomer(world.operator);
    const body = {
      customerId: customer.id,
      offeringId: business.offeringId,
      serviceNumber: newServiceNumber(),
      apn: 'test.iot.kr',
    };
    const key = randomUUID();
    const [first, second] = await Promise.all([
      world.operator.post<Line>('/v1/lines', body, key),
      world.operator.post<Line>('/v1/lines', body, key),
    ]);
    expect(second.id).toBe(first.id);
    const other = { ...body, serviceNumber: newServiceNumber() };
    await expect(world.operator.post('/v1/lines', other, key)).rejects.toMatchObject({
      status: 409,
      reason: 'IDEMPOTENCY_KEY_REUSED',
    });
    await ended(world.operator, first.pendingOrderId);
  });

  test('IOT-1 billing refuses another customer’s account: the order FAILED, and rating’s account is closed again', async () => {
    const customer = await newCustomer(world.operator);
    const stranger = await newCustomer(world.operator);
    const account = await newAccount(world.operator, stranger.id);
    const serviceNumber = newServiceNumber();
    const wanted = { customerId: customer.id, offeringId: business.offeringId, serviceNumber };
    const created = await orderLine(world.operator, { ...wanted, accountId: account.id });

    const order = await ended(world.operator, created.pendingOrderId);
    expect(order.state).toBe('ORDER_STATE_FAILED');
    // By the name of one that does not exist: the customer reads it.
    expect(order.stateReason).toBe('ACCOUNT_NOT_FOUND');
    expect((await world.operator.get<Line>(`/v1/lines/${created.id}`)).state).toBe('LINE_STATE_FAILED');

    await until('rating to close its account again', 10_000, async () => {
      const { rating } = await accountEvents(created.id);
      return rating.at(-1) === 'RatingAccountClosed' ? rating : undefined;
    });
    const { billing } = await accountEvents(created.id);
    expect(billing).not.toContain('ChargeAccountOpened');
    // The number is free again, so the same order succeeds with the right account.
    await activeLine(world.operator, wanted);
  });

  test('IOT-1 billing stays silent past the time limit: the order FAILED, and what was opened is closed again', async () => {
    const customer = await newCustomer(world.operator);
    const serviceNumber = newServiceNumber();
    const wanted = {
      customerId: customer.id,
      offeringId: business.offeringId,
      serviceNumber,
      activateTime: moment(MONTH, 1),
    };
    await world.mesh.kill('billing', 'SIGSTOP');
    let created: Line;
    try {
      created = await orderLine(world.operator, wanted);
      const order = await ended(world.operator, created.pendingOrderId, 60_000);
      expect(order.state).toBe('ORDER_STATE_FAILED');
      expect(order.stateReason).toBe('SAGA_TIMED_OUT');
    } finally {
      await world.mesh.kill('billing', 'SIGCONT');
    }
    // Billing wakes up, finds the request and then its abandonment, in that order.
    await until('both accounts to be closed', 20_000, async () => {
      const { rating, billing } = await accountEvents(created.id);
      const closed = rating.at(-1) === 'RatingAccountClosed' && billing.at(-1) === 'ChargeAccountClosed';
      return closed || undefined;
    });
    const file = await upload(world.operator, business, csv([record({ serviceNumber }, 1000)]));
    expect(file).toMatchObject({ recordsRead: '1', rejected: '1' });
    await activeLine(world.operator, wanted);
  });

  test('IOT-1 billing is killed while a line is being activated, and the order still completes', async () => {
    const customer = await newCustomer(world.operator);
    const created = await orderLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });
    await world.mesh.kill('billing', 'SIGKILL');
    expect((await ended(world.operator, created.pendingOrderId, 60_000)).state).toBe('ORDER_STATE_COMPLETED');
    await world.mesh.untilReady('billing');
  });
});

describe('IOT-2 order types', () => {
  test('IOT-2 suspend, resume, terminate and restore, each an order with a history', async () => {
    const customer = await newCustomer(world.operator);
    const line = await activeLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });
    const steps = [
      ['suspend', 'SUSPENDED'],
      ['resume', 'ACTIVE'],
      ['suspend', 'SUSPENDED'],
      ['terminate', 'TERMINATED'],
      ['restore', 'ACTIVE'],
      ['terminate', 'TERMINATED'],
    ] as const;
    for (const [command, state] of steps) {
      const order = await change(world.operator, line.id, command);
      expect(order.state).toBe('ORDER_STATE_COMPLETED');
      expect(order.action).toBe(`ORDER_ACTION_${command.toUpperCase()}`);
      expect(order.history.map((step) => step.state)).toEqual(['ORDER_STATE_PENDING', 'ORDER_STATE_COMPLETED']);
      expect((await world.operator.get<Line>(`/v1/lines/${line.id}`)).state).toBe(`LINE_STATE_${state}`);
    }
    const orders = await world.operator.list<Order>(
      `/v1/orders?customerId=${customer.id}&subjectId=${line.id}`,
      'orders',
    );
    expect(orders.map(({ action }) => action.slice('ORDER_ACTION_'.length).toLowerCase()).reverse()).toEqual([
      'activate',
      ...steps.map(([command]) => command),
    ]);
  });

  test('IOT-2 a command that the state forbids is refused and changes nothing', async () => {
    const customer = await newCustomer(world.operator);
    const line = await activeLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });
    const forbidden = async (...commands: string[]) => {
      const before = await world.operator.get<Line>(`/v1/lines/${line.id}`);
      const orders = await world.operator.list<Order>(`/v1/orders?subjectId=${line.id}`, 'orders');
      for (const command of commands) {
        await expect(world.operator.post(`/v1/lines/${line.id}:${command}`, {}, randomUUID())).rejects.toMatchObject({
          status: 400,
          reason: 'LINE_STATE_FORBIDS',
        });
      }
      expect(await world.operator.get<Line>(`/v1/lines/${line.id}`)).toEqual(before);
      expect(await world.operator.list<Order>(`/v1/orders?subjectId=${line.id}`, 'orders')).toEqual(orders);
    };
    await forbidden('resume', 'restore');
    await change(world.operator, line.id, 'suspend');
    await forbidden('suspend', 'restore');
    await change(world.operator, line.id, 'terminate');
    await forbidden('suspend', 'resume');
  });

  test('IOT-2 a customer may not choose the time of a change', async () => {
    const customer = await newCustomer(world.operator);
    const own = await world.customer(customer.id);
    const line = await activeLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });
    await expect(
      own.post(`/v1/lines/${line.id}:terminate`, { effectiveTime: moment(MONTH, 20) }, randomUUID()),
    ).rejects.toMatchObject({ status: 400, reason: 'EFFECTIVE_TIME_INVALID' });
    expect((await own.get<Line>(`/v1/lines/${line.id}`)).state).toBe('LINE_STATE_ACTIVE');
  });

  test('IOT-2 a change with a stale etag, and one that takes effect before the last change, are refused', async () => {
    const customer = await newCustomer(world.operator);
    const line = await activeLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });
    await change(world.operator, line.id, 'suspend', moment(MONTH, 10));
    await expect(
      world.operator.post(`/v1/lines/${line.id}:resume`, { etag: line.etag }, randomUUID()),
    ).rejects.toMatchObject({ status: 409, reason: 'ETAG_MISMATCH' });
    await expect(
      world.operator.post(`/v1/lines/${line.id}:resume`, { effectiveTime: moment(MONTH, 9) }, randomUUID()),
    ).rejects.toMatchObject({ status: 400, reason: 'EFFECTIVE_TIME_INVALID' });
    expect((await world.operator.get<Line>(`/v1/lines/${line.id}`)).state).toBe('LINE_STATE_SUSPENDED');
  });
});

test('IOT-3 at every change of an order’s state the customer gets an SMS from the provider, once', async () => {
  const customer = await newCustomer(world.operator);
  const line = await activeLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });
  for (const command of ['suspend', 'resume', 'terminate', 'terminate']) await change(world.operator, line.id, command);
  // Five orders in two states each.
  const sent = await until('ten text messages to be sent', 20_000, async () => {
    const messages = await world.operator.list<Message>(
      `/v1/messages?customerId=${customer.id}&channel=CHANNEL_SMS`,
      'messages',
    );
    return messages.length >= 10 && messages.every(({ state }) => state === 'MESSAGE_STATE_SENT')
      ? messages
      : undefined;
  });
  expect(sent).toHaveLength(10);
  const delivered = await world.textMessagesTo(customer.phone);
  expect(delivered.map(({ text }) => text).sort()).toEqual(sent.map(({ body }) => body).sort());
  for (const { text } of delivered) expect(text).toContain(line.serviceNumber);
});

test('IOT-4 terminating a terminated line ends as ALREADY_TERMINATED with RatingAccountUnused, and nothing is charged', async () => {
  const customer = await newCustomer(world.operator);
  const line = await activeLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });
  await change(world.operator, line.id, 'terminate');
  const before = await accountEvents(line.id);

  const order = await change(world.operator, line.id, 'terminate');
  expect(order.state).toBe('ORDER_STATE_ALREADY_TERMINATED');
  expect(order.history.map(({ state }) => state)).toEqual(['ORDER_STATE_PENDING', 'ORDER_STATE_ALREADY_TERMINATED']);
  expect(order).not.toHaveProperty('total');

  const after = await until('RatingAccountUnused', 10_000, async () => {
    const events = await accountEvents(line.id);
    return events.rating.includes('RatingAccountUnused') ? events : undefined;
  });
  expect(after).toEqual({ rating: [...before.rating, 'RatingAccountUnused'], billing: before.billing });
  expect((await world.operator.get<Line>(`/v1/lines/${line.id}`)).state).toBe('LINE_STATE_TERMINATED');
});

describe('IOT-5 look up and change', () => {
  test('IOT-5 a customer finds their lines and changes where the documents go', async () => {
    const customer = await newCustomer(world.operator);
    const own = await world.customer(customer.id);
    const line = await activeLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });
    expect(await own.list<Line>('/v1/lines', 'lines')).toMatchObject([{ id: line.id, state: 'LINE_STATE_ACTIVE' }]);
    expect(await own.list<Line>(`/v1/lines?customerId=${customer.id}`, 'lines')).toHaveLength(1);

    const token = await world.token('customer', customer.id);
    const patched = await request(`${world.gatewayUrl}/v1/lines/${line.id}?updateMask=email`, {
      method: 'PATCH',
      token,
      body: JSON.stringify({ email: 'new@example.com', etag: line.etag }),
    });
    expect(patched.status).toBe(200);
    expect(await own.get(`/v1/lines/${line.id}`)).toMatchObject({ email: 'new@example.com' });

    const stale = await request(`${world.gatewayUrl}/v1/lines/${line.id}?updateMask=email`, {
      method: 'PATCH',
      token,
      body: JSON.stringify({ email: 'other@example.com', etag: line.etag }),
    });
    expect(stale).toMatchObject({ status: 409, reason: 'ETAG_MISMATCH' });
  });

  test('IOT-5 a customer suspends their own line', async () => {
    const customer = await newCustomer(world.operator);
    const own = await world.customer(customer.id);
    const line = await activeLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });
    const order = await change(own, line.id, 'suspend');
    expect(order.state).toBe('ORDER_STATE_COMPLETED');
    expect((await own.get<Line>(`/v1/lines/${line.id}`)).state).toBe('LINE_STATE_SUSPENDED');
  });
});
