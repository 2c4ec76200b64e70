import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { OrderState } from '#proto/ordering/v1/order';
import { OrderService } from '#proto/ordering/v1/order_service';
import { PurchaseService } from '#proto/ordering/v1/purchase_service';
import { customer } from '../../testing.ts';
import { Shop } from '../testing/shop.ts';

test('the same purchase under the same key is one order, and its first answer again, also after a cancellation', async () => {
  await using shop = await Shop.open();
  const buyer = await shop.customer(10_000n);
  const mug = await shop.goods(10n, 1000n);
  const key = randomUUID();
  const answers = await Promise.all([1, 2, 3].map(() => shop.buy(buyer, mug, 2n, key)));
  expect(answers[0]).toMatchObject({ state: OrderState.COMPLETED });
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
  expect(await shop.stock(mug)).toBe(8n);
  await shop.cancel(answers[0]?.id ?? '');
  // Not even rating is asked again.
  shop.till.prices.clear();
  expect(await shop.buy(buyer, mug, 2n, key)).toEqual(answers[0]);
  await expect(shop.buy(buyer, mug, 3n, key)).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' });
});

test('the same cancellation under the same key is one, and its first answer again', async () => {
  await using shop = await Shop.open();
  const buyer = await shop.customer(10_000n);
  const { id } = await shop.buy(buyer, await shop.goods(10n, 1000n));
  const key = randomUUID();
  const answers = await Promise.all([1, 2, 3].map(() => shop.cancel(id, key)));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  expect(answers[0]).toMatchObject({ state: OrderState.CANCELLED });
  expect(shop.purse(buyer)).toEqual({ balance: 10_000n, reserved: 0n });
});

test('a caller with little time gets the PENDING order; the same call again gets its end', async () => {
  await using shop = await Shop.open();
  const buyer = await shop.customer(10_000n);
  const mug = await shop.goods(10n, 1000n);
  const gate = Promise.withResolvers<void>();
  shop.till.meanwhile = () => gate.promise;
  const request = { customerId: buyer, offeringId: mug };
  const hurried = { idempotencyKey: randomUUID(), deadline: new Date(Date.now() + 2_000) };
  const first = await shop.counter.call(PurchaseService, 'createPurchase', request, hurried);
  expect(first).toMatchObject({ state: OrderState.PENDING, stateReason: '' });
  // A pending purchase is not cancelled: what it has done is not known yet.
  await expect(shop.cancel(first.id)).rejects.toMatchObject({
    reason: 'ORDER_STATE_FORBIDS',
    metadata: { state: 'PENDING' },
  });
  const again = shop.buy(buyer, mug, 0n, hurried.idempotencyKey);
  gate.resolve();
  expect(await again).toMatchObject({ id: first.id, state: OrderState.COMPLETED });
  expect(await shop.stock(mug)).toBe(9n);
});

test('a cancellation asked for twice is one: the second waits for the first one’s money', async () => {
  await using shop = await Shop.open();
  const buyer = await shop.customer(10_000n);
  const { id } = await shop.buy(buyer, await shop.goods(10n, 1000n));
  const gate = Promise.withResolvers<void>();
  shop.till.meanwhile = () => gate.promise;
  const both = [shop.cancel(id), shop.cancel(id)];
  gate.resolve();
  for (const answer of await Promise.all(both)) expect(answer).toMatchObject({ id, state: OrderState.CANCELLED });
  expect(shop.purse(buyer).balance).toBe(10_000n);
});

test('another customer’s order and delivery are not found; a line’s order is not cancelled', async () => {
  await using shop = await Shop.open();
  const buyer = await shop.customer(10_000n);
  const { id, etag } = await shop.buy(buyer, await shop.goods(10n, 1000n));
  const [delivery] = await shop.deliveries(id);
  const line = await shop.counter.orderLine();
  await expect(shop.cancel(line.pendingOrderId)).rejects.toMatchObject({ reason: 'ORDER_STATE_FORBIDS' });
  await expect(shop.cancel('none')).rejects.toMatchObject({ reason: 'ORDER_NOT_FOUND' });
  await expect(shop.counter.call(OrderService, 'cancelOrder', { order: id, etag: '1' })).rejects.toMatchObject({
    reason: 'ETAG_MISMATCH',
  });
  shop.counter.caller = customer('stranger');
  await expect(shop.cancel(id)).rejects.toMatchObject({ reason: 'ORDER_NOT_FOUND' });
  await expect(
    shop.counter.call(PurchaseService, 'getDelivery', { delivery: delivery?.id ?? '' }),
  ).rejects.toMatchObject({ reason: 'DELIVERY_NOT_FOUND' });
  shop.counter.caller = customer(buyer);
  expect(await shop.counter.call(PurchaseService, 'getDelivery', { delivery: delivery?.id ?? '' })).toEqual(delivery);
  expect(await shop.counter.call(OrderService, 'cancelOrder', { order: id, etag })).toMatchObject({
    state: OrderState.CANCELLED,
  });
});
