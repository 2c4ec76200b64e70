import { expect, test } from 'vitest';
import { DeliveryState } from '#proto/ordering/v1/delivery';
import { OrderState } from '#proto/ordering/v1/order';
import { OrderService } from '#proto/ordering/v1/order_service';
import { Child } from '#test/conformance/child';
import { killPoints } from '#test/harness/killPoints';
import { Shop } from '../testing/shop.ts';

const program = new URL('../testing/counter.child.ts', import.meta.url).href;

// Of three customers the second cancels what it has bought. Each purchase has two calls, three local steps and four events,
// each cancellation one, two and three; so every place that is passed at all is a kill of its own.
const passes = (point: string, times: number[]) => times.map((time) => `${point}@${time}`);

const places = killPoints([
  ...passes('outbox.before-commit', [1, 2, 3, 4, 5, 9, 10, 11]),
  ...passes('saga.in-local-step', [1, 2, 3, 4, 7, 8]),
  ...passes('saga.before-call', [1, 2, 3, 5]),
  ...passes('saga.after-call', [1, 2, 3, 5]),
  ...passes('saga.after-commit', [1, 2, 3, 5]),
]);

test.each(places)('SHOP-1 SHOP-2 killed at %s: the others finish it, and everything agrees', async (JANGBU_KILL_AT) => {
  await using shop = await Shop.open();
  const mug = await shop.goods(10n, 1000n);
  const buyers = await Promise.all([1, 2, 3].map(() => shop.customer(5000n)));
  {
    const url = shop.counter.database.url;
    await using killed = new Child(program, {
      DATABASE_URL: url,
      TILL: shop.till.address,
      BUYERS: buyers.join(','),
      OFFERING: mug,
      JANGBU_KILL_AT,
    });
    await killed.untilKilled();
  }
  await shop.settleAll();

  const { orders } = await shop.counter.call(OrderService, 'listOrders', {});
  let sold = 0n;
  for (const { id, state, customerId } of orders) {
    const paid = state === OrderState.COMPLETED;
    expect([OrderState.COMPLETED, OrderState.CANCELLED]).toContain(state);
    expect(shop.purse(customerId)).toEqual({ balance: paid ? 4000n : 5000n, reserved: 0n });
    const states = (await shop.deliveries(id)).map((delivery) => delivery.state);
    expect(states).toEqual([paid ? DeliveryState.READY : DeliveryState.CANCELLED]);
    if (paid) sold += 1n;
  }
  expect(await shop.stock(mug)).toBe(10n - sold);
  for (const buyer of buyers.filter((each) => !orders.some(({ customerId }) => customerId === each))) {
    expect(shop.purse(buyer)).toEqual({ balance: 5000n, reserved: 0n });
  }
});
