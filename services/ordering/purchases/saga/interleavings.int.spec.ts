import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CatalogService } from '#proto/ordering/v1/catalog_service';
import { type Delivery, DeliveryState } from '#proto/ordering/v1/delivery';
import { type Order, OrderKind, OrderState } from '#proto/ordering/v1/order';
import { OrderService } from '#proto/ordering/v1/order_service';
import { Fault } from '#shared/errors/fault';
import { Shop } from '../testing/shop.ts';
import type { Mishap } from '../testing/till.ts';

type Deed =
  | { kind: 'buy'; buyer: number; ware: number; quantity: bigint }
  | { kind: 'cancel' | 'ship'; nth: number }
  | { kind: 'restock'; quantity: bigint }
  | { kind: 'read'; buyer: number };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('buy' as const),
      buyer: fc.nat(2),
      ware: fc.nat(1),
      quantity: fc.bigInt({ min: 1n, max: 4n }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('cancel' as const, 'ship' as const), nth: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('restock' as const), quantity: fc.bigInt({ min: 1n, max: 5n }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('read' as const), buyer: fc.nat(2) }) },
);
const mishap: fc.Arbitrary<Mishap> = fc.constantFrom(
  undefined,
  undefined,
  undefined,
  'before' as const,
  'after' as const,
);

const purse = 12_000n;
const initialStock = 8n;

/** What may be answered instead of success; anything else is a failure of the test. */
const refusals = new Set([
  'ORDER_STATE_FORBIDS',
  'DELIVERY_STATE_FORBIDS',
  'CONTENT_ALREADY_READ',
  'CONTENT_NOT_OWNED',
]);
const allowRefusal = (error: unknown) => {
  if (!(error instanceof Fault && refusals.has(error.reason))) throw error;
};

async function perform(shop: Shop, deeds: Deed[], buyers: string[], wares: string[]): Promise<bigint> {
  const [mug = '', episode = ''] = wares;
  let restocked = 0n;
  const one = async (deed: Deed): Promise<unknown> => {
    switch (deed.kind) {
      case 'buy':
        return shop.buy(buyers[deed.buyer] ?? '', wares[deed.ware] ?? '', deed.ware === 0 ? deed.quantity : 1n);
      case 'restock':
        restocked += deed.quantity;
        return shop.counter.call(CatalogService, 'restockOffering', { offering: mug, quantity: deed.quantity });
      case 'read':
        return shop.read(buyers[deed.buyer] ?? '', episode).catch(allowRefusal);
      case 'cancel': {
        const order = (await allOrders(shop)).at(deed.nth);
        return order && shop.cancel(order.id).catch(allowRefusal);
      }
      case 'ship': {
        const order = (await allOrders(shop)).at(deed.nth);
        const [delivery] = order ? await shop.deliveries(order.id) : [];
        return delivery && shop.ship(delivery.id).catch(allowRefusal);
      }
      default:
        return deed satisfies never;
    }
  };
  // Half of them one after the other, half all at once.
  const half = Math.floor(deeds.length / 2);
  for (const each of deeds.slice(0, half)) await one(each);
  await Promise.all(deeds.slice(half).map(one));
  return restocked;
}

async function allOrders(shop: Shop): Promise<Order[]> {
  return (await shop.counter.call(OrderService, 'listOrders', { pageSize: 1000 })).orders;
}

const deliveryAfter: Partial<Record<OrderState, DeliveryState[]>> = {
  [OrderState.COMPLETED]: [DeliveryState.READY, DeliveryState.SHIPPED],
  [OrderState.CANCELLED]: [DeliveryState.CANCELLED],
};

test('SHOP-2 SHOP-3 TOON-4 however purchases, cancellations, restocking, shipping and reading meet, all books agree', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { minLength: 4, maxLength: 24 }),
      fc.array(mishap, { maxLength: 40 }),
      async (deeds, mishaps) => {
        await using shop = await Shop.open();
        const buyers = await Promise.all([1, 2, 3].map(() => shop.customer(purse)));
        const wares = [await shop.goods(initialStock, 1000n), await shop.episode(500n)];
        // One purse pays for both: the till's accounts have one currency.
        shop.till.prices.set(wares[1] ?? '', { currency: 'KRW', minor: 500n });
        shop.till.mishap = () => mishaps.shift();
        const restocked = await perform(shop, deeds, buyers, wares);
        mishaps.length = 0;
        await shop.settleAll();

        const orders = await allOrders(shop);
        const paid = orders.filter(({ state }) => state === OrderState.COMPLETED);
        for (const order of orders) {
          expect([OrderState.COMPLETED, OrderState.REJECTED, OrderState.CANCELLED]).toContain(order.state);
          const deliveries: Delivery[] = await shop.deliveries(order.id);
          if (order.kind === OrderKind.GOODS && deliveryAfter[order.state]) {
            expect(deliveries).toHaveLength(1);
            expect(deliveryAfter[order.state]).toContain(deliveries[0]?.state);
          } else {
            expect(deliveries).toEqual([]);
          }
        }
        for (const buyer of buyers) {
          const own = paid.filter(({ customerId }) => customerId === buyer);
          const spent = own.reduce((sum, { total }) => sum + BigInt(total?.amount ?? '0'), 0n);
          expect(shop.purse(buyer)).toEqual({ balance: purse - spent, reserved: 0n });
          expect(shop.till.accounts.get(buyer)?.least).toBeGreaterThanOrEqual(0n);
          const episodes = own.filter(({ kind }) => kind === OrderKind.CONTENT);
          expect(episodes.length).toBeLessThanOrEqual(1);
          const reading = await shop.read(buyer, wares[1] ?? '').then(
            ({ orderId }) => orderId,
            () => undefined,
          );
          expect(reading).toBe(episodes[0]?.id);
        }
        const sold = paid
          .filter(({ kind }) => kind === OrderKind.GOODS)
          .reduce((sum, { quantity }) => sum + quantity, 0n);
        expect(await shop.stock(wares[0] ?? '')).toBe(initialStock + restocked - sold);
      },
    ),
    { numRuns: 20, endOnFailure: true },
  );
}, 120_000);
