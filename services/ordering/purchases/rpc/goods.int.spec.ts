import { expect, test } from 'vitest';
import { DeliveryState } from '#proto/ordering/v1/delivery';
import {
  DeliveryStateChangedSchema,
  OrderStateChangedSchema,
  PurchaseCancelledSchema,
  PurchaseCompletedSchema,
} from '#proto/ordering/v1/events';
import { OrderAction, OrderKind, OrderState } from '#proto/ordering/v1/order';
import { PurchaseService } from '#proto/ordering/v1/purchase_service';
import { Shop } from '../testing/shop.ts';

test('SHOP-1 ten of a thousand: paid, out of the stock, and one delivery', async () => {
  await using shop = await Shop.open();
  const buyer = await shop.customer(999_999n);
  const mug = await shop.goods(1000n, 1000n);
  const order = await shop.buy(buyer, mug, 10n);
  expect(order).toMatchObject({
    state: OrderState.COMPLETED,
    stateReason: '',
    kind: OrderKind.GOODS,
    action: OrderAction.PURCHASE,
    business: 'shop',
    customerId: buyer,
    offeringId: mug,
    quantity: 10n,
    total: { currency: 'KRW', amount: '10000' },
    accountId: `account-of-${buyer}`,
    history: [{ state: OrderState.PENDING }, { state: OrderState.COMPLETED }],
  });
  expect(shop.purse(buyer)).toEqual({ balance: 989_999n, reserved: 0n });
  expect(await shop.stock(mug)).toBe(990n);
  expect(await shop.deliveries(order.id)).toMatchObject([
    {
      state: DeliveryState.READY,
      quantity: 10n,
      address: 'Seoul',
      customerId: buyer,
      offeringId: mug,
      business: 'shop',
    },
  ]);
  expect(shop.till.calls).toEqual(['reserve', 'commit']);
  const states = await shop.counter.events(OrderStateChangedSchema);
  expect(states.map(({ order: seen }) => seen)).toMatchObject([
    { state: OrderState.PENDING },
    { state: OrderState.COMPLETED },
  ]);
  expect(states).toMatchObject([
    { subjectName: '머그컵' },
    { subjectName: '머그컵', previousState: OrderState.PENDING },
  ]);
  expect(await shop.counter.events(PurchaseCompletedSchema)).toMatchObject([{ order, offeringName: '머그컵' }]);
  expect(await shop.counter.events(DeliveryStateChangedSchema)).toMatchObject([
    { delivery: { orderId: order.id, state: DeliveryState.READY }, previousState: 0, offeringName: '머그컵' },
  ]);
});

test('SHOP-2 a cancellation puts everything back', async () => {
  await using shop = await Shop.open();
  const buyer = await shop.customer(999_999n);
  const mug = await shop.goods(1000n, 1000n);
  const { id } = await shop.buy(buyer, mug, 10n);
  const cancelled = await shop.cancel(id);
  expect(cancelled).toMatchObject({
    state: OrderState.CANCELLED,
    history: [{}, {}, { state: OrderState.CANCELLED, reason: '' }],
  });
  expect(shop.purse(buyer)).toEqual({ balance: 999_999n, reserved: 0n });
  expect(await shop.stock(mug)).toBe(1000n);
  expect(await shop.deliveries(id)).toMatchObject([
    { state: DeliveryState.CANCELLED, history: [{ state: DeliveryState.READY }, { state: DeliveryState.CANCELLED }] },
  ]);
  expect(await shop.counter.events(PurchaseCancelledSchema)).toMatchObject([{ order: { id } }]);
  await expect(shop.cancel(id)).rejects.toMatchObject({
    reason: 'ORDER_STATE_FORBIDS',
    metadata: { state: 'CANCELLED' },
  });
});

test('SHOP-2 what is shipped is not cancelled any more', async () => {
  await using shop = await Shop.open();
  const buyer = await shop.customer(5000n);
  const mug = await shop.goods(5n, 1000n);
  const { id } = await shop.buy(buyer, mug);
  const [delivery] = await shop.deliveries(id);
  const stale = { delivery: delivery?.id ?? '', etag: '7' };
  await expect(shop.counter.call(PurchaseService, 'shipDelivery', stale)).rejects.toMatchObject({
    reason: 'ETAG_MISMATCH',
  });
  await expect(shop.counter.call(PurchaseService, 'completeDelivery', { ...stale, etag: '' })).rejects.toMatchObject({
    reason: 'DELIVERY_STATE_FORBIDS',
    metadata: { state: 'READY' },
  });
  await shop.ship(stale.delivery);
  const refused = { reason: 'DELIVERY_STATE_FORBIDS', metadata: { state: 'SHIPPED' } };
  await expect(shop.cancel(id)).rejects.toMatchObject(refused);
  await expect(shop.ship(stale.delivery)).rejects.toMatchObject(refused);
  const { state } = await shop.counter.call(PurchaseService, 'completeDelivery', { ...stale, etag: '2' });
  expect(state).toBe(DeliveryState.COMPLETED);
  expect(shop.purse(buyer)).toEqual({ balance: 4000n, reserved: 0n });
  expect(await shop.stock(mug)).toBe(4n);
});

test.each([
  ['too little balance', 9_999n, 1000n, 10n, 'INSUFFICIENT_BALANCE', ['reserve']],
  ['too little stock, which is seen before billing is asked', 100_000n, 9n, 10n, 'OUT_OF_STOCK', []],
])('SHOP-3 %s: REJECTED, and nothing has moved', async (_what, balance, stock, quantity, reason, calls) => {
  await using shop = await Shop.open();
  const buyer = await shop.customer(balance);
  const mug = await shop.goods(stock, 1000n);
  const order = await shop.buy(buyer, mug, quantity);
  expect(order).toMatchObject({ state: OrderState.REJECTED, stateReason: reason });
  expect(shop.purse(buyer)).toEqual({ balance, reserved: 0n });
  expect(await shop.stock(mug)).toBe(stock);
  expect(await shop.deliveries(order.id)).toEqual([]);
  expect(shop.till.calls).toEqual(calls);
  await expect(shop.cancel(order.id)).rejects.toMatchObject({ reason: 'ORDER_STATE_FORBIDS' });
});

test('SHOP-3 a customer without an account: REJECTED', async () => {
  await using shop = await Shop.open();
  const order = await shop.buy(await shop.counter.newCustomer(), await shop.goods(5n, 1000n));
  expect(order).toMatchObject({ state: OrderState.REJECTED, stateReason: 'ACCOUNT_NOT_FOUND' });
});

test('SHOP-3 the buyer pays from an own account, and never from anybody else’s', async () => {
  await using shop = await Shop.open();
  const [thief, victim] = [await shop.customer(100_000n), await shop.customer(100_000n)];
  const mug = await shop.goods(5n, 1000n);
  const buy = (accountId: string) =>
    shop.counter.call(PurchaseService, 'createPurchase', { customerId: thief, offeringId: mug, accountId });
  const stolen = await buy(`account-of-${victim}`);
  expect(stolen).toMatchObject({ state: OrderState.REJECTED, stateReason: 'ACCOUNT_NOT_FOUND' });
  expect(shop.purse(victim)).toEqual({ balance: 100_000n, reserved: 0n });
  expect(await shop.stock(mug)).toBe(5n);
  expect(await buy(`account-of-${thief}`)).toMatchObject({ state: OrderState.COMPLETED });
  expect(shop.purse(thief)).toEqual({ balance: 99_000n, reserved: 0n });
});

test('SHOP-3 the stock goes while the balance is being reserved: what was reserved is available again', async () => {
  await using shop = await Shop.open();
  const buyer = await shop.customer(100_000n);
  const mug = await shop.goods(10n, 1000n);
  shop.till.meanwhile = async (method) => {
    if (method === 'reserve') await shop.counter.database.query('update stocks set quantity = 3');
  };
  const order = await shop.buy(buyer, mug, 10n);
  expect(order).toMatchObject({ state: OrderState.REJECTED, stateReason: 'OUT_OF_STOCK' });
  expect(shop.till.calls).toEqual(['reserve', 'release']);
  expect(shop.purse(buyer)).toEqual({ balance: 100_000n, reserved: 0n });
  expect(await shop.stock(mug)).toBe(3n);
});

test('SHOP-4 sixty customers at once for twenty pieces: exactly twenty are accepted', async () => {
  await using shop = await Shop.open();
  const mug = await shop.goods(20n, 1000n);
  const buyers = await Promise.all(Array.from({ length: 60 }, () => shop.customer(1500n)));
  const orders = await Promise.all(buyers.map((buyer) => shop.buy(buyer, mug)));
  const accepted = orders.filter(({ state }) => state === OrderState.COMPLETED);
  expect(accepted).toHaveLength(20);
  expect(await shop.stock(mug)).toBe(0n);
  for (const { customerId, state, stateReason } of orders) {
    const paid = state === OrderState.COMPLETED;
    expect(stateReason).toBe(paid ? '' : 'OUT_OF_STOCK');
    expect(shop.purse(customerId)).toEqual({ balance: paid ? 500n : 1500n, reserved: 0n });
  }
});

test('a price beyond every account is refused, and names a field of the request', async () => {
  await using shop = await Shop.open();
  const [buyer, yacht] = [await shop.customer(1000n), await shop.goods(20n, 10n ** 17n)];
  await expect(shop.buy(buyer, yacht, 10n)).rejects.toMatchObject({
    reason: 'INVALID_REQUEST',
    violations: [{ field: 'quantity' }],
  });
});

test('what costs nothing is had without asking billing, and cancelled like anything else', async () => {
  await using shop = await Shop.open();
  const buyer = await shop.counter.newCustomer();
  const flyer = await shop.goods(3n, 0n);
  const order = await shop.buy(buyer, flyer, 2n);
  expect(order).toMatchObject({ state: OrderState.COMPLETED, total: { amount: '0' } });
  expect(await shop.stock(flyer)).toBe(1n);
  expect(await shop.cancel(order.id)).toMatchObject({ state: OrderState.CANCELLED });
  expect(await shop.stock(flyer)).toBe(3n);
  const named = { customerId: buyer, offeringId: flyer, accountId: 'anybody’s' };
  const unpaid = await shop.counter.call(PurchaseService, 'createPurchase', named);
  expect(unpaid).toMatchObject({ state: OrderState.COMPLETED, accountId: '' });
  expect(await shop.buy(buyer, flyer, 4n)).toMatchObject({ state: OrderState.REJECTED, stateReason: 'OUT_OF_STOCK' });
  expect(shop.till.calls).toEqual([]);
});
