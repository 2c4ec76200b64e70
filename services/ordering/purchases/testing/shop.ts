import { randomUUID } from 'node:crypto';
import { CatalogService } from '#proto/ordering/v1/catalog_service';
import type { Delivery } from '#proto/ordering/v1/delivery';
import { OfferingKind } from '#proto/ordering/v1/offering';
import type { Order } from '#proto/ordering/v1/order';
import { OrderService } from '#proto/ordering/v1/order_service';
import { PurchaseService } from '#proto/ordering/v1/purchase_service';
import { Counter } from '../../testing.ts';
import { Till } from './till.ts';

/** Ordering with a till that answers for billing and rating. */
export class Shop implements AsyncDisposable {
  readonly counter: Counter;
  readonly till: Till;

  private constructor(counter: Counter, till: Till) {
    this.counter = counter;
    this.till = till;
  }

  static async open(options: { reserveLimitMs?: number } = {}): Promise<Shop> {
    const till = await Till.open();
    const counter = await Counter.open({ ...options, addresses: { billing: till.address, rating: till.address } });
    return new Shop(counter, till);
  }

  /** A customer with so much in the purse. */
  async customer(minor: bigint, currency = 'KRW'): Promise<string> {
    const id = await this.counter.newCustomer();
    this.till.openAccount(id, { currency, minor });
    return id;
  }

  /** Goods at a price a piece. */
  async goods(stock: bigint, minor: bigint): Promise<string> {
    const id = `goods-${randomUUID().slice(0, 8)}`;
    this.till.prices.set(id, { currency: 'KRW', minor });
    await this.counter.call(CatalogService, 'createOffering', {
      offering: { id, business: 'shop', kind: OfferingKind.GOODS, displayName: '머그컵', tariffId: id, stock },
    });
    return id;
  }

  /** An episode at a price in points. */
  async episode(minor: bigint, body = '1화'): Promise<string> {
    const id = `episode-${randomUUID().slice(0, 8)}`;
    this.till.prices.set(id, { currency: 'PTS', minor });
    const content = { author: '최작가', episode: 1, body };
    await this.counter.call(CatalogService, 'createOffering', {
      offering: { id, business: 'webtoon', kind: OfferingKind.CONTENT, displayName: '바다 1화', tariffId: id, content },
    });
    return id;
  }

  buy(customerId: string, offeringId: string, quantity = 0n, idempotencyKey?: string): Promise<Order> {
    const request = { customerId, offeringId, quantity };
    return this.counter.call(PurchaseService, 'createPurchase', request, { idempotencyKey });
  }

  cancel(order: string, idempotencyKey?: string): Promise<Order> {
    return this.counter.call(OrderService, 'cancelOrder', { order }, { idempotencyKey });
  }

  read(customerId: string, offering: string) {
    return this.counter.call(PurchaseService, 'readContent', { customerId, offering });
  }

  ship(delivery: string): Promise<Delivery> {
    return this.counter.call(PurchaseService, 'shipDelivery', { delivery });
  }

  async deliveries(orderId: string): Promise<Delivery[]> {
    return (await this.counter.call(PurchaseService, 'listDeliveries', { orderId })).deliveries;
  }

  async stock(offering: string): Promise<bigint> {
    return (await this.counter.call(CatalogService, 'getOffering', { offering })).stock;
  }

  /** What a customer has, and how much of it is set aside. */
  purse(customerId: string): { balance: bigint; reserved: bigint } {
    const account = this.till.accounts.get(customerId);
    return { balance: account?.balance ?? 0n, reserved: account?.reserved ?? 0n };
  }

  /** Lets the worker drive what was left to it, at once. */
  async settleAll(): Promise<void> {
    for (;;) {
      const { rowCount } = await this.counter.database.query('update sagas set due_time = now() where not done');
      if (rowCount === 0) return;
      await this.counter.driveSagas();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.counter[Symbol.asyncDispose]();
    this.till[Symbol.dispose]();
  }
}
