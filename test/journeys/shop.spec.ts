import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Message } from '../../deploy/local/sample/resources.ts';
import { inParallel, until } from '../../deploy/local/sample/until.ts';
import { ended } from './business.ts';
import { eventNames } from './events.ts';
import {
  type Account,
  buy,
  deliveriesOf,
  newBuyer,
  newGoods,
  type Offering,
  type Purchase,
  purse,
  stockOf,
} from './store.ts';
import { theWorld, type World } from './world.ts';

let world: World;

beforeAll(() => {
  world = theWorld();
});

describe('SHOP-1 SHOP-2 an order and its cancellation', () => {
  test('SHOP-1 SHOP-2 ten of a thousand at 1000 from 999,999 leave 989,999, 990 and a delivery; a cancellation puts all back', async () => {
    const { customer, account } = await newBuyer(world.operator, '999999');
    const own = await world.customer(customer.id);
    const mug = await newGoods(world.operator, 1000, '1000');

    const order = await buy(own, customer.id, mug.id, 10);
    expect(order).toMatchObject({
      state: 'ORDER_STATE_COMPLETED',
      kind: 'ORDER_KIND_GOODS',
      quantity: '10',
      total: { currency: 'KRW', amount: '10000' },
      accountId: account.id,
    });
    expect(await purse(own, account.id)).toEqual(['989999', '0']);
    expect(await stockOf(own, mug.id)).toBe(990);
    const [delivery, ...more] = await deliveriesOf(own, order.id);
    expect(more).toEqual([]);
    expect(delivery).toMatchObject({ state: 'DELIVERY_STATE_READY', quantity: '10', address: customer.address });
    // The offering itself has not changed.
    expect((await own.get<Offering>(`/v1/offerings/${mug.id}`)).etag).toBe(mug.etag);

    const cancelled = await own.post<Purchase>(`/v1/orders/${order.id}:cancel`, {}, randomUUID());
    expect(cancelled.history.map(({ state }) => state)).toEqual([
      'ORDER_STATE_PENDING',
      'ORDER_STATE_COMPLETED',
      'ORDER_STATE_CANCELLED',
    ]);
    expect(await purse(own, account.id)).toEqual(['999999', '0']);
    expect(await stockOf(own, mug.id)).toBe(1000);
    expect((await deliveriesOf(own, order.id)).map(({ state }) => state)).toEqual(['DELIVERY_STATE_CANCELLED']);

    const events = await until('the cancellation to be published', 10_000, async () => {
      const names = await eventNames(world.natsUrl, 'ordering', 'order', order.id);
      return names.includes('PurchaseCancelled') ? names : undefined;
    });
    expect(events).toEqual([
      'OrderStateChanged',
      'OrderStateChanged',
      'PurchaseCompleted',
      'OrderStateChanged',
      'PurchaseCancelled',
    ]);
    await until('a text message for every state', 20_000, async () => {
      const sent = await world.operator.list<Message>(`/v1/messages?customerId=${customer.id}`, 'messages');
      return sent.filter(({ state }) => state === 'MESSAGE_STATE_SENT').length >= 3 || undefined;
    });
  });

  test('SHOP-2 what is shipped is not cancelled any more, and nothing moves', async () => {
    const { customer, account } = await newBuyer(world.operator, '5000');
    const mug = await newGoods(world.operator, 5, '1000');
    const order = await buy(world.operator, customer.id, mug.id, 2);
    const [delivery] = await deliveriesOf(world.operator, order.id);
    await world.operator.post(`/v1/deliveries/${delivery?.id}:ship`, {}, randomUUID());
    await expect(world.operator.post(`/v1/orders/${order.id}:cancel`, {}, randomUUID())).rejects.toMatchObject({
      status: 400,
      reason: 'DELIVERY_STATE_FORBIDS',
    });
    const arrived = await world.operator.post(`/v1/deliveries/${delivery?.id}:complete`, {}, randomUUID());
    expect(arrived).toMatchObject({ state: 'DELIVERY_STATE_COMPLETED' });
    expect(await purse(world.operator, account.id)).toEqual(['3000', '0']);
    expect(await stockOf(world.operator, mug.id)).toBe(3);
  });

  test('SHOP-1 the price is the tariff’s: ten for nine, shipping once, and the tax on both', async () => {
    const { customer, account } = await newBuyer(world.operator, '100000');
    const components = [
      { name: 'ten', metric: 'units', package: { size: '10', price: '9000', partial: 'PARTIAL_PACKAGE_UP' } },
      { name: 'shipping', metric: 'events', perUnit: { unitPrice: '500' } },
    ];
    const id = `pencils-${randomUUID().slice(0, 8)}`;
    const tariff = { id, displayName: '묶음', currency: 'KRW', taxRate: '0.1', versions: [{ components }] };
    await world.operator.post('/v1/tariffs', tariff, randomUUID());
    const offering = {
      business: 'shop',
      kind: 'OFFERING_KIND_GOODS',
      displayName: '연필',
      tariffId: id,
      stock: 30,
    };
    const pencil = await world.operator.post<Offering>('/v1/offerings', offering, randomUUID());
    const order = await buy(world.operator, customer.id, pencil.id, 10);
    expect(order).toMatchObject({ state: 'ORDER_STATE_COMPLETED', total: { amount: '10450' } });
    expect(await purse(world.operator, account.id)).toEqual(['89550', '0']);
  });

  test('SHOP-1 what has no price for pieces is not given away, and what costs nothing is', async () => {
    const { customer, account } = await newBuyer(world.operator, '1000');
    const sell = async (component: object) => {
      const id = `mug-${randomUUID().slice(0, 8)}`;
      const versions = [{ components: [{ name: 'price', ...component }] }];
      await world.operator.post('/v1/tariffs', { id, displayName: id, currency: 'KRW', versions }, randomUUID());
      const goods = { id, business: 'shop', kind: 'OFFERING_KIND_GOODS', displayName: '컵', tariffId: id, stock: '5' };
      await world.operator.post('/v1/offerings', goods, randomUUID());
      return id;
    };
    const forBytes = await sell({ metric: 'bytes', perUnit: { unitPrice: '10' } });
    await expect(buy(world.operator, customer.id, forBytes)).rejects.toMatchObject({ reason: 'TARIFF_INVALID' });
    expect(await stockOf(world.operator, forBytes)).toBe(5);
    const free = await sell({ metric: 'units', perUnit: { unitPrice: '0' } });
    expect(await buy(world.operator, customer.id, free, 2)).toMatchObject({
      state: 'ORDER_STATE_COMPLETED',
      total: { amount: '0' },
    });
    expect(await stockOf(world.operator, free)).toBe(3);
    expect(await purse(world.operator, account.id)).toEqual(['1000', '0']);
  });
});

test('SHOP-3 too little balance or stock: REJECTED with the reason, and nothing has moved', async () => {
  const { customer, account } = await newBuyer(world.operator, '9999');
  const mug = await newGoods(world.operator, 20, '1000');
  const before = await world.operator.list(`/v1/accounts/${account.id}/entries`, 'entries');
  const poor = await buy(world.operator, customer.id, mug.id, 10);
  expect(poor).toMatchObject({ state: 'ORDER_STATE_REJECTED', stateReason: 'INSUFFICIENT_BALANCE' });
  const much = await buy(world.operator, customer.id, mug.id, 21);
  expect(much).toMatchObject({ state: 'ORDER_STATE_REJECTED', stateReason: 'OUT_OF_STOCK' });
  expect(await purse(world.operator, account.id)).toEqual(['9999', '0']);
  expect(await world.operator.list(`/v1/accounts/${account.id}/entries`, 'entries')).toEqual(before);
  expect(await stockOf(world.operator, mug.id)).toBe(20);
  for (const { id } of [poor, much]) expect(await deliveriesOf(world.operator, id)).toEqual([]);
  // What was refused can be had once it is there.
  await world.operator.post(`/v1/offerings/${mug.id}:restock`, { quantity: 5 }, randomUUID());
  expect(await stockOf(world.operator, mug.id)).toBe(25);
  expect(await buy(world.operator, customer.id, mug.id, 9)).toMatchObject({ state: 'ORDER_STATE_COMPLETED' });
});

test('SHOP-4 two hundred customers at once for fifty pieces: fifty orders are accepted, and no other balance is touched', {
  timeout: 120_000,
}, async () => {
  const mug = await newGoods(world.operator, 50, '1000');
  const buyers = await inParallel(Array.from({ length: 200 }), 20, () => newBuyer(world.operator, '1500'));
  const orders = await Promise.all(buyers.map(({ customer }) => buy(world.operator, customer.id, mug.id)));
  const finals = await inParallel(orders, 20, (order) => ended(world.operator, order.id, 60_000));
  expect(finals.filter(({ state }) => state === 'ORDER_STATE_COMPLETED')).toHaveLength(50);
  expect(await stockOf(world.operator, mug.id)).toBe(0);
  await inParallel(buyers, 20, async ({ account }) => {
    const order = finals[buyers.findIndex((each) => each.account === account)];
    const paid = order?.state === 'ORDER_STATE_COMPLETED';
    if (!paid) expect(order).toMatchObject({ state: 'ORDER_STATE_REJECTED', stateReason: 'OUT_OF_STOCK' });
    expect(await purse(world.operator, account.id)).toEqual([paid ? '500' : '1500', '0']);
    const entries = await world.operator.list(`/v1/accounts/${account.id}/entries`, 'entries');
    expect(entries).toHaveLength(paid ? 2 : 1);
    expect(await deliveriesOf(world.operator, order?.id ?? '')).toHaveLength(paid ? 1 : 0);
  });
});

test('SHOP-1 ordering and billing are killed in the middle of purchases: every order ends, and all books agree', {
  timeout: 120_000,
}, async () => {
  const mug = await newGoods(world.operator, 1000, '1000');
  const buyers = await inParallel(Array.from({ length: 24 }), 8, () => newBuyer(world.operator, '10000'));
  const bought = new Map<string, number>();
  for (const [round, victim] of ['ordering', 'billing', 'ordering'].entries()) {
    // A client repeats its call under the same key until it is answered.
    const answers = Promise.all(buyers.map(({ customer }) => buy(world.operator, customer.id, mug.id)));
    const before = [...bought.values()].reduce((sum, each) => sum + each, 0);
    await until(`pieces to be taken in round ${round}`, 30_000, async () =>
      (await stockOf(world.operator, mug.id)) < 1000 - before ? true : undefined,
    );
    await world.mesh.kill(victim, 'SIGKILL');
    const orders = await answers;
    await world.mesh.untilReady(victim);
    for (const { id } of orders) {
      const { state, stateReason, customerId } = await finalPurchase(id);
      if (state === 'ORDER_STATE_COMPLETED') bought.set(customerId, (bought.get(customerId) ?? 0) + 1);
      // Nothing but an absence of billing that lasts longer than the limit may keep an order from being completed.
      else expect(stateReason).toBe('SAGA_TIMED_OUT');
    }
  }
  const pieces = [...bought.values()].reduce((sum, each) => sum + each, 0);
  expect(pieces).toBeGreaterThan(0);
  expect(await stockOf(world.operator, mug.id)).toBe(1000 - pieces);
  await inParallel(buyers, 8, async ({ customer, account }) => {
    const count = bought.get(customer.id) ?? 0;
    const { balance } = await world.operator.get<Account>(`/v1/accounts/${account.id}`);
    expect(balance.amount).toBe(String(10_000 - count * 1000));
    const deliveries = await world.operator.list(`/v1/deliveries?customerId=${customer.id}`, 'deliveries');
    expect(deliveries).toHaveLength(count);
  });
});

async function finalPurchase(id: string): Promise<Purchase> {
  return (await ended(world.operator, id, 60_000)) as Purchase;
}

test('SHOP-1 a customer buys for nobody else, and sees nobody else’s orders and deliveries', async () => {
  const { customer } = await newBuyer(world.operator, '5000');
  const { customer: stranger } = await newBuyer(world.operator, '5000');
  const own = await world.customer(customer.id);
  const other = await world.customer(stranger.id);
  const mug = await newGoods(world.operator, 5, '1000');
  await expect(buy(other, customer.id, mug.id)).rejects.toMatchObject({ status: 404, reason: 'CUSTOMER_NOT_FOUND' });
  const order = await own.post<Purchase>('/v1/purchases', { offeringId: mug.id }, randomUUID());
  expect(order).toMatchObject({ state: 'ORDER_STATE_COMPLETED', customerId: customer.id, quantity: '1' });
  await expect(other.get(`/v1/orders/${order.id}`)).rejects.toMatchObject({ reason: 'ORDER_NOT_FOUND' });
  await expect(other.post(`/v1/orders/${order.id}:cancel`, {}, randomUUID())).rejects.toMatchObject({
    status: 404,
    reason: 'ORDER_NOT_FOUND',
  });
  expect(await deliveriesOf(other, order.id)).toEqual([]);
  const [delivery] = await deliveriesOf(own, order.id);
  await expect(other.get(`/v1/deliveries/${delivery?.id}`)).rejects.toMatchObject({ reason: 'DELIVERY_NOT_FOUND' });
  await expect(own.post(`/v1/deliveries/${delivery?.id}:ship`, {}, randomUUID())).rejects.toMatchObject({
    status: 403,
    reason: 'ACCESS_DENIED',
  });
});
