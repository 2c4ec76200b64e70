import { randomUUID } from 'node:crypto';
import type { Api } from '../../../deploy/local/sample/api.ts';
import type { Line } from '../../../deploy/local/sample/resources.ts';
import { inParallel } from '../../../deploy/local/sample/until.ts';
import { activeLine, type Business, newAccount, newCustomer, openBusiness } from '../../journeys/business.ts';
import type { Trade, TradedAccount } from '../trade.ts';

/** What a load works on: a shop whose customers pay in advance, and a business with lines. */
export interface Market extends Trade {
  readonly buyers: readonly TradedAccount[];
  readonly iot: Business;
  readonly line: Line;
  /** Who orders further lines, and on which account. */
  readonly subscriber: { readonly customerId: string; readonly accountId: string };
}

/** Enough that nobody is ever refused: in this load every refusal is a failure. */
const stock = 1_000_000;
const opening = 1_000_000;

export async function openMarket(api: Api, buyerCount: number): Promise<Market> {
  const business = `shop-${randomUUID().slice(0, 8)}`;
  const goods = `${business}-goods`;
  const components = [{ name: 'price', metric: 'units', perUnit: { unitPrice: '10' } }];
  const tariff = { id: goods, displayName: goods, currency: 'KRW', taxRate: '0', versions: [{ components }] };
  await api.post('/v1/tariffs', tariff, randomUUID());
  const offering = { id: goods, business, displayName: goods, tariffId: goods, kind: 'OFFERING_KIND_GOODS' };
  await api.post('/v1/offerings', { ...offering, stock: String(stock) }, randomUUID());
  const buyers = await inParallel([...Array(buyerCount).keys()], 4, async (): Promise<TradedAccount> => {
    const { id: customerId } = await newCustomer(api);
    const wanted = { customerId, currency: 'KRW', kind: 'ACCOUNT_KIND_PREPAID' };
    const { id } = await api.post<{ id: string }>('/v1/accounts', wanted, randomUUID());
    const amount = { currency: 'KRW', amount: String(opening) };
    await api.post(`/v1/accounts/${id}:topUp`, { amount }, randomUUID());
    return { id, customerId, currency: 'KRW', expected: BigInt(opening) };
  });
  const iot = await openBusiness(api);
  const customerId = (await newCustomer(api)).id;
  const accountId = (await newAccount(api, customerId)).id;
  const line = await activeLine(api, { customerId, accountId, offeringId: iot.offeringId });
  return {
    ...{ business, goods, stock, buyers, iot, line, subscriber: { customerId, accountId } },
    customers: buyers.map((buyer) => buyer.customerId),
    accounts: buyers,
    refusals: new Map(),
  };
}
