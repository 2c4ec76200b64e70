import { expect, test, vi } from 'vitest';
import { type Order, OrderState } from '#proto/ordering/v1/order';
import { Shop } from '../testing/shop.ts';
import type { Mishap } from '../testing/till.ts';

/** Buys, and lets the worker do what is left to it while the buyer waits. */
async function buyPatiently(shop: Shop, buyer: string, offering: string): Promise<Order> {
  const answer = shop.buy(buyer, offering);
  await vi.waitFor(async () => {
    const { rowCount } = await shop.counter.database.query('select from sagas where attempts > 0 or done');
    expect(rowCount).toBe(1);
  }, 20_000);
  await shop.settleAll();
  return answer;
}

/** One mishap for each of the first calls of a method. */
function mishaps(method: string, list: Mishap[]): (called: string) => Mishap {
  const left = [...list];
  return (called) => (called === method ? left.shift() : undefined);
}

test.each([
  ['reserve', 'before'],
  ['reserve', 'after'],
  ['commit', 'before'],
  ['commit', 'after'],
] as const)(
  'SHOP-1 billing fails at %s, %s its effect, again and again: paid once in the end',
  async (method, when) => {
    await using shop = await Shop.open();
    const buyer = await shop.customer(10_000n);
    const mug = await shop.goods(10n, 1000n);
    shop.till.mishap = mishaps(method, Array(7).fill(when));
    expect(await buyPatiently(shop, buyer, mug)).toMatchObject({ state: OrderState.COMPLETED });
    expect(shop.purse(buyer)).toEqual({ balance: 9_000n, reserved: 0n });
    expect(await shop.stock(mug)).toBe(9n);
  },
);

test('SHOP-3 billing is out of reach past the limit: FAILED, and nothing was taken', async () => {
  await using shop = await Shop.open({ reserveLimitMs: 300 });
  const buyer = await shop.customer(10_000n);
  const mug = await shop.goods(10n, 1000n);
  shop.till.mishap = () => 'before';
  expect(await buyPatiently(shop, buyer, mug)).toMatchObject({
    state: OrderState.FAILED,
    stateReason: 'SAGA_TIMED_OUT',
  });
  expect(shop.purse(buyer)).toEqual({ balance: 10_000n, reserved: 0n });
  expect(await shop.stock(mug)).toBe(10n);
});

test.each(['goods', 'episode'] as const)(
  'SHOP-3 the reservation of %s has run out before it is committed: FAILED, and everything is back',
  async (what) => {
    await using shop = await Shop.open();
    const buyer = await shop.customer(10_000n, what === 'goods' ? 'KRW' : 'PTS');
    const offering = what === 'goods' ? await shop.goods(10n, 1000n) : await shop.episode(1000n);
    shop.till.meanwhile = async (method) => {
      if (method === 'commit') shop.till.expireAll();
    };
    const order = await shop.buy(buyer, offering);
    expect(order).toMatchObject({ state: OrderState.FAILED, stateReason: 'RESERVATION_STATE_FORBIDS' });
    expect(shop.purse(buyer)).toEqual({ balance: 10_000n, reserved: 0n });
    expect(await shop.deliveries(order.id)).toEqual([]);
    if (what === 'goods') expect(await shop.stock(offering)).toBe(10n);
    shop.till.meanwhile = async () => {};
    expect(await shop.buy(buyer, offering)).toMatchObject({ state: OrderState.COMPLETED });
  },
);

test('SHOP-2 billing fails at the refund, before and after its effect: given back once in the end', async () => {
  await using shop = await Shop.open();
  const buyer = await shop.customer(10_000n);
  const mug = await shop.goods(10n, 1000n);
  const { id } = await shop.buy(buyer, mug, 4n);
  shop.till.mishap = mishaps('credit', ['before', 'after', 'after', 'before', 'after', 'after', 'after']);
  const answer = shop.cancel(id);
  // The goods are back at once; the order is CANCELLED when the money is.
  await vi.waitFor(async () => expect(await shop.stock(mug)).toBe(10n), 20_000);
  await shop.settleAll();
  expect(await answer).toMatchObject({ state: OrderState.CANCELLED });
  expect(shop.purse(buyer)).toEqual({ balance: 10_000n, reserved: 0n });
});

test('SHOP-3 the release of what was reserved insists, whatever the answer', async () => {
  await using shop = await Shop.open();
  const buyer = await shop.customer(10_000n);
  const mug = await shop.goods(10n, 1000n);
  shop.till.meanwhile = async (method) => {
    if (method === 'reserve') await shop.counter.database.query('update stocks set quantity = 0');
  };
  shop.till.mishap = mishaps('release', Array(7).fill('before'));
  expect(await buyPatiently(shop, buyer, mug)).toMatchObject({
    state: OrderState.REJECTED,
    stateReason: 'OUT_OF_STOCK',
  });
  expect(shop.purse(buyer)).toEqual({ balance: 10_000n, reserved: 0n });
});
