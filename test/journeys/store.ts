import { randomUUID } from 'node:crypto';
import type { Api } from '../../deploy/local/sample/api.ts';
import type { Customer, Money, Order } from '../../deploy/local/sample/resources.ts';
import { newCustomer } from './business.ts';

export interface Account {
  readonly id: string;
  readonly balance: Money;
  readonly reserved: Money;
  readonly available: Money;
}

export interface Delivery {
  readonly id: string;
  readonly orderId: string;
  readonly state: string;
  readonly quantity: string;
  readonly address: string;
  readonly history: readonly { readonly state: string }[];
}

export interface Offering {
  readonly id: string;
  readonly business: string;
  readonly etag: string;
  readonly stock?: string;
  readonly content?: { readonly body?: string; readonly version: number; readonly author: string };
}

/** A purchase as REST answers it. */
export type Purchase = Order & {
  readonly customerId: string;
  readonly quantity: string;
  readonly total: Money;
  readonly accountId: string;
};

/** A tariff of one price a piece, without tax. */
export async function newPrice(api: Api, unitPrice: string, currency: string): Promise<string> {
  const id = `price-${randomUUID().slice(0, 8)}`;
  const component = { name: 'price', metric: 'units', perUnit: { unitPrice } };
  const tariff = { id, displayName: '정가', currency, taxRate: '0', versions: [{ components: [component] }] };
  await api.post('/v1/tariffs', tariff, randomUUID());
  return id;
}

/** Goods at a price a piece in KRW. */
export async function newGoods(api: Api, stock: number, unitPrice: string): Promise<Offering> {
  const tariffId = await newPrice(api, unitPrice, 'KRW');
  const offering = { business: 'shop', kind: 'OFFERING_KIND_GOODS', displayName: '머그컵', tariffId, stock };
  return api.post('/v1/offerings', offering, randomUUID());
}

/** An episode at a price in points. */
export async function newEpisode(api: Api, price: string, body: string): Promise<Offering> {
  const tariffId = await newPrice(api, price, 'PTS');
  const content = { author: '최작가', episode: 1, body };
  const offering = { business: 'webtoon', kind: 'OFFERING_KIND_CONTENT', displayName: '바다 1화', tariffId, content };
  return api.post('/v1/offerings', offering, randomUUID());
}

/** A customer with a prepaid account and so much in it. */
export async function newBuyer(
  api: Api,
  amount: string,
  currency = 'KRW',
): Promise<{ customer: Customer & { address?: string }; account: Account }> {
  const customer = await newCustomer(api);
  const wanted = { customerId: customer.id, currency, kind: 'ACCOUNT_KIND_PREPAID' };
  const { id } = await api.post<Account>('/v1/accounts', wanted, randomUUID());
  const account = await api.post<Account>(`/v1/accounts/${id}:topUp`, { amount: { currency, amount } }, randomUUID());
  return { customer, account };
}

export function buy(api: Api, customerId: string, offeringId: string, quantity = 1): Promise<Purchase> {
  return api.post('/v1/purchases', { customerId, offeringId, quantity }, randomUUID());
}

/** What is left in an account, and how much of it is set aside. */
export async function purse(api: Api, accountId: string): Promise<[balance: string, reserved: string]> {
  const { balance, reserved } = await api.get<Account>(`/v1/accounts/${accountId}`);
  return [balance.amount, reserved.amount];
}

export async function stockOf(api: Api, offeringId: string): Promise<number> {
  return Number((await api.get<Offering>(`/v1/offerings/${offeringId}`)).stock ?? 0);
}

export function deliveriesOf(api: Api, orderId: string): Promise<Delivery[]> {
  return api.list<Delivery>(`/v1/deliveries?orderId=${orderId}`, 'deliveries');
}
