import { randomUUID } from 'node:crypto';
import { describe, expect, inject, test } from 'vitest';
import type { Order } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';
import { startMesh } from '../harness/mesh.ts';
import { loseBuckets } from './buckets.ts';
import { activeLine, change, newCustomer, openBusiness } from './business.ts';
import { request } from './http.ts';
import { pageOf, type Rebuild, timelineOf, untilRebuilt, untilTold } from './mypages.ts';
import { buy, newBuyer, newEpisode, newGoods } from './store.ts';
import { watch } from './watching.ts';
import { theWorld, World } from './world.ts';

const won = (amount: string) => ({ currency: 'KRW', amount });
const points = (amount: string) => ({ currency: 'PTS', amount });
const texts = (timeline: { text: string }[]) => timeline.map(({ text }) => text);

test('SHOP-5 orders, deliveries and the balance are on my page, also while ordering and billing are down', async () => {
  const world = theWorld();
  const { customer: buyer, account } = await newBuyer(world.operator, '999999');
  const own = await world.customer(buyer.id);
  const mug = await newGoods(world.operator, 1000, '1000');
  const order = await buy(own, buyer.id, mug.id, 10);
  expect(order.state).toBe('ORDER_STATE_COMPLETED');
  await untilTold(own, buyer.id, 'Bought 10 × 머그컵 for 10,000 KRW', 'Paid 10,000 KRW (머그컵); balance 989,999 KRW');
  await untilTold(own, buyer.id, 'Delivery of 10 × 머그컵 is being prepared');

  const stopped = ['ordering', 'billing'];
  await Promise.all(stopped.map((name) => world.mesh.stopService(name)));
  try {
    expect(await pageOf(own, buyer.id)).toMatchObject({
      customer: { displayName: buyer.displayName },
      orders: [{ id: order.id, kind: 'ORDER_KIND_GOODS', state: 'ORDER_STATE_COMPLETED', quantity: '10' }],
      deliveries: [{ orderId: order.id, state: 'DELIVERY_STATE_READY' }],
      balances: [{ id: account.id, balance: won('989999') }],
      orderCount: 1,
      deliveryCount: 1,
      balanceCount: 1,
    });
    expect(texts(await timelineOf(own, buyer.id))).toContain('Topped up 999,999 KRW; balance 999,999 KRW');
  } finally {
    await Promise.all(stopped.map((name) => world.mesh.startService(name)));
  }

  await own.post(`/v1/orders/${order.id}:cancel`, {}, randomUUID());
  await untilTold(own, buyer.id, 'Purchase of 10 × 머그컵 was cancelled; given back: 10,000 KRW');
  await untilTold(own, buyer.id, 'Delivery of 10 × 머그컵 was cancelled');
  await until('the balance to be back', 10_000, async () => {
    const { balances, orders, deliveries } = await pageOf(own, buyer.id);
    if (balances[0]?.balance.amount !== '999999') return undefined;
    expect(orders).toMatchObject([{ state: 'ORDER_STATE_CANCELLED' }]);
    expect(deliveries).toMatchObject([{ state: 'DELIVERY_STATE_CANCELLED' }]);
    return true;
  });
});

test('TOON-5 purchases, reads and top-ups are on my page as history', async () => {
  const world = theWorld();
  const { customer: buyer, account } = await newBuyer(world.operator, '600', 'PTS');
  const own = await world.customer(buyer.id);
  const { id: episode } = await newEpisode(world.operator, '100', '파도가 친다');
  const order = await buy(own, buyer.id, episode);
  expect(order.state).toBe('ORDER_STATE_COMPLETED');
  await own.post(`/v1/contents/${episode}:read`, { customerId: buyer.id });
  await own.post(`/v1/accounts/${account.id}:withdraw`, { amount: points('200') }, randomUUID());
  await untilTold(own, buyer.id, 'Read 바다 1화', 'Withdrew 200 PTS; balance 300 PTS');
  const timeline = texts(await timelineOf(own, buyer.id));
  expect(timeline).toEqual(
    expect.arrayContaining([
      'Topped up 600 PTS; balance 600 PTS',
      'Paid 100 PTS (바다 1화); balance 500 PTS',
      'Bought 바다 1화 for 100 PTS',
      'Read 바다 1화',
    ]),
  );
  expect(await pageOf(own, buyer.id)).toMatchObject({
    orders: [{ id: order.id, kind: 'ORDER_KIND_CONTENT', state: 'ORDER_STATE_COMPLETED' }],
    balances: [{ balance: points('300') }],
    reads: [{ orderId: order.id, offeringName: '바다 1화', version: 1 }],
    deliveries: [],
  });
});

describe('MESH-4 my page watched', () => {
  test.each([
    ['application/x-ndjson', undefined],
    ['text/event-stream', 'text/event-stream'],
  ])('MESH-4 as %s: the whole page, then every change as it happens, until mypage drains', async (type, accept) => {
    const world = theWorld();
    const business = await openBusiness(world.operator);
    const customer = await newCustomer(world.operator, '정민지');
    const own = await world.customer(customer.id);
    await untilTold(own, customer.id, 'Welcome, 정민지');
    const token = await world.token('customer', customer.id);
    await using watching = await watch(world, token, `/v1/mypages/${customer.id}:watch`, accept);
    expect(watching).toMatchObject({ status: 200, contentType: type });
    expect(await watching.next()).toMatchObject({ page: { customer: { displayName: '정민지' }, lines: [] } });
    const line = await activeLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });
    await watching.until<Order>('order', ({ state }) => state === 'ORDER_STATE_COMPLETED');
    expect(await watching.until<{ text: string }>('entry', ({ text }) => /in service/.test(text))).toMatchObject({
      event: 'LineActivated',
      subjectId: line.id,
    });
    const restarting = world.mesh.restart('mypage');
    while ((await watching.next()) !== undefined);
    await restarting;
    await using again = await watch(world, token, `/v1/mypages/${customer.id}:watch`, accept);
    expect(await again.next()).toMatchObject({ page: { lines: [{ id: line.id }] } });
  });

  test('MESH-8 nobody watches somebody else’s page, and refusals are ordinary errors', async () => {
    const world = theWorld();
    const customer = await newCustomer(world.operator);
    const url = (id: string) => `${world.gatewayUrl}/v1/mypages/${id}:watch`;
    const token = await world.token('customer', `another-${randomUUID()}`);
    expect(await request(url(customer.id), { token })).toMatchObject({ status: 404, reason: 'CUSTOMER_NOT_FOUND' });
    expect(await request(url(customer.id))).toMatchObject({ status: 401 });
    const operator = await world.token('operator');
    expect(await request(url('nobody'), { token: operator })).toMatchObject({
      status: 404,
      reason: 'MYPAGE_NOT_FOUND',
    });
  });
});

test('MESH-4 rebuilt by one command: the old pages are shown meanwhile, a crash does no harm, the new ones are equal', async () => {
  const world = theWorld();
  const { operator, mesh } = world;
  const business = await openBusiness(operator);
  const { customer: buyer } = await newBuyer(operator, '5000');
  const line = await activeLine(operator, { customerId: buyer.id, offeringId: business.offeringId });
  await change(operator, line.id, 'suspend');
  await untilTold(
    operator,
    buyer.id,
    'Topped up 5,000 KRW; balance 5,000 KRW',
    `Suspension of ${line.serviceNumber} is done`,
  );
  await until('the line to be suspended', 10_000, async () => {
    const { lines } = await pageOf(operator, buyer.id);
    return lines[0]?.state === 'LINE_STATE_SUSPENDED' || undefined;
  });
  const before = { page: await pageOf(operator, buyer.id), timeline: await timelineOf(operator, buyer.id) };

  // One source is down, so the rebuild cannot end.
  await mesh.stopService('billing');
  let rebuild: Rebuild;
  try {
    rebuild = await operator.post<Rebuild>('/v1/mypages:rebuild', {}, randomUUID());
    expect(rebuild.state).toBe('MYPAGE_REBUILD_STATE_RUNNING');
    await until('the rebuild to wait for billing', 10_000, async () => {
      const { sources } = await operator.get<Rebuild>(`/v1/mypageRebuilds/${rebuild.id}`);
      const waiting = sources.find(({ source }) => source === 'billing')?.waitingReason;
      return waiting === 'DEPENDENCY_UNAVAILABLE' || undefined;
    });
    const token = await world.token('operator');
    const again = await request(`${world.gatewayUrl}/v1/mypages:rebuild`, { method: 'POST', token, body: '{}' });
    expect(again).toMatchObject({ status: 400, reason: 'REBUILD_IN_PROGRESS' });
    await mesh.kill('mypage', 'SIGKILL');
    await mesh.untilReady('mypage');
    expect(await pageOf(operator, buyer.id)).toEqual(before.page);
  } finally {
    await mesh.startService('billing');
  }
  const ended = await untilRebuilt(operator, rebuild.id);
  expect(ended).toMatchObject({ state: 'MYPAGE_REBUILD_STATE_COMPLETED', stateReason: '' });
  expect(ended.sources.map(({ source, waitingReason }) => [source, waitingReason])).toEqual([
    ['billing', ''],
    ['ordering', ''],
  ]);
  expect({ page: await pageOf(operator, buyer.id), timeline: await timelineOf(operator, buyer.id) }).toEqual(before);

  await change(operator, line.id, 'resume');
  await until('the rebuilt page to follow', 10_000, async () => {
    const { lines } = await pageOf(operator, buyer.id);
    return lines[0]?.state === 'LINE_STATE_ACTIVE' || undefined;
  });
});

test('MESH-4 only operators rebuild; a rebuild that never was', async () => {
  const world = theWorld();
  const customer = await world.token('customer', `customer-${randomUUID()}`);
  const asked = await request(`${world.gatewayUrl}/v1/mypages:rebuild`, {
    method: 'POST',
    token: customer,
    body: '{}',
  });
  expect(asked).toMatchObject({ status: 403, reason: 'ACCESS_DENIED' });
  const unknown = `${world.gatewayUrl}/v1/mypageRebuilds/${randomUUID()}`;
  expect(await request(unknown, { token: await world.token('operator') })).toMatchObject({
    status: 404,
    reason: 'REBUILD_NOT_FOUND',
  });
});

test('MESH-10 the read side lives on NATS JetStream, and is restored there after its store was lost', {
  timeout: 120_000,
}, async () => {
  await using mesh = await startMesh({
    services: ['ordering', 'rating', 'billing', 'mypage'],
    // Each life of mypage ends between what it wrote into the bucket and the record that it did.
    env: { mypage: { MYPAGE_STORE: 'nats-kv', JANGBU_KILL_AT: 'inbox.before-commit@3' } },
  });
  const world = new World(mesh, inject('otlpUrl'));
  const { operator } = world;
  const business = await openBusiness(operator);
  const { customer: buyer } = await newBuyer(operator, '700');
  const line = await activeLine(operator, { customerId: buyer.id, offeringId: business.offeringId });
  await untilTold(
    operator,
    buyer.id,
    'Topped up 700 KRW; balance 700 KRW',
    `Activation of ${line.serviceNumber} is done`,
  );
  const page = await until('the line to be shown', 10_000, async () => {
    const now = await pageOf(operator, buyer.id);
    return now.lines[0]?.state === 'LINE_STATE_ACTIVE' ? now : undefined;
  });
  expect(page).toMatchObject({ customer: { displayName: buyer.displayName }, balances: [{ balance: won('700') }] });
  const others = ['ordering', 'rating', 'billing'];
  await Promise.all(others.map((name) => mesh.stopService(name)));
  expect(await pageOf(operator, buyer.id)).toEqual(page);
  await Promise.all(others.map((name) => mesh.startService(name)));

  const timeline = await timelineOf(operator, buyer.id);
  expect(new Set(timeline.map(({ id }) => id)).size).toBe(timeline.length);

  expect(await loseBuckets(mesh.natsUrl)).toBe(1);
  const lost = await request(`${world.gatewayUrl}/v1/mypages/${buyer.id}`, { token: await world.token('operator') });
  expect(lost).toMatchObject({ status: 503, reason: 'DEPENDENCY_UNAVAILABLE' });
  const { id } = await operator.post<Rebuild>('/v1/mypages:rebuild', {}, randomUUID());
  expect(await untilRebuilt(operator, id)).toMatchObject({ state: 'MYPAGE_REBUILD_STATE_COMPLETED' });
  expect(await pageOf(operator, buyer.id)).toEqual(page);
  expect(await timelineOf(operator, buyer.id)).toEqual(timeline);
});
