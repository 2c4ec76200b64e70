import { randomUUID } from 'node:crypto';
import { Api, ApiError } from '../../deploy/local/sample/api.ts';
import { Random } from '../../deploy/local/sample/random.ts';
import { inParallel } from '../../deploy/local/sample/until.ts';
import type { World } from '../journeys/world.ts';

/** One prepaid account, and what its owner was told of every command on it. */
export interface TradedAccount {
  readonly id: string;
  readonly customerId: string;
  readonly currency: string;
  /** Paid in less paid out, as answered. */
  expected: bigint;
}

export interface TradeOptions {
  readonly seed: number;
  readonly actors: number;
  /** Asked before every action. */
  readonly over: () => boolean;
}

/** What a trade leaves behind, for the audit. */
export interface Trade {
  readonly business: string;
  readonly goods: string;
  readonly stock: number;
  readonly customers: readonly string[];
  readonly accounts: readonly TradedAccount[];
  /** Commands that were refused, by reason. */
  readonly refusals: Map<string, number>;
}

interface Actor {
  readonly customerId: string;
  readonly won: TradedAccount;
  readonly points: TradedAccount;
  readonly orders: string[];
  readonly random: Random;
}

const STOCK = 120;
const WON = 20_000;
const POINTS = 250;

/** Refusals that a trade with little money and little stock brings with it; anything else fails the test. */
const EXPECTED = new Set([
  'INSUFFICIENT_BALANCE',
  'ORDER_STATE_FORBIDS',
  'DELIVERY_STATE_FORBIDS',
  'CONTENT_ALREADY_READ',
  'CONTENT_NOT_OWNED',
]);

/**
 * A shop and a webtoon store with several customers at once, who buy, cancel, read, pay in, pay out and spend at random.
 * As sensible clients do, they send what was not answered again under the same Idempotency-Key.
 */
export async function trade(world: World, options: TradeOptions): Promise<Trade> {
  const { seed, actors: count, over } = options;
  const api = new Api({ gatewayUrl: world.gatewayUrl, token: () => world.token('operator'), patienceMs: 60_000 });
  const business = `shop-${randomUUID().slice(0, 8)}`;
  const goods = `${business}-goods`;
  const contents = [1, 2, 3].map((episode) => `${business}-episode-${episode}`);
  await sell(api, business, goods, 'KRW', '1000', { kind: 'OFFERING_KIND_GOODS', stock: String(STOCK) });
  for (const [index, id] of contents.entries()) {
    const content = { author: 'somebody', episode: index + 1, body: `episode ${index + 1}` };
    await sell(api, business, id, 'PTS', '100', { kind: 'OFFERING_KIND_CONTENT', content });
  }
  const refusals = new Map<string, number>();
  const actors = await inParallel([...Array(count).keys()], count, (index) => enter(api, business, seed, index));
  await inParallel(actors, count, async (actor) => {
    while (!over()) {
      await act(api, actor, goods, contents).catch((error: unknown) => {
        if (!(error instanceof ApiError && EXPECTED.has(error.reason))) throw error;
        refusals.set(error.reason, (refusals.get(error.reason) ?? 0) + 1);
      });
    }
  });
  return {
    business,
    goods,
    stock: STOCK,
    customers: actors.map(({ customerId }) => customerId),
    accounts: actors.flatMap(({ won, points }) => [won, points]),
    refusals,
  };
}

async function sell(api: Api, business: string, id: string, currency: string, unitPrice: string, kind: object) {
  const components = [{ name: 'price', metric: 'units', perUnit: { unitPrice } }];
  const tariff = { id, displayName: id, currency, taxRate: '0', versions: [{ components }] };
  await api.post('/v1/tariffs', tariff, randomUUID());
  await api.post('/v1/offerings', { id, business, displayName: id, tariffId: id, ...kind }, randomUUID());
}

async function enter(api: Api, business: string, seed: number, index: number): Promise<Actor> {
  const body = { displayName: `${business} ${index}`, address: '서울특별시 종로구 사직로 161' };
  const { id: customerId } = await api.post<{ id: string }>('/v1/customers', body, randomUUID());
  const open = async (currency: string, amount: number): Promise<TradedAccount> => {
    const wanted = { customerId, currency, kind: 'ACCOUNT_KIND_PREPAID' };
    const { id } = await api.post<{ id: string }>('/v1/accounts', wanted, randomUUID());
    const account = { id, customerId, currency, expected: 0n };
    await move(api, account, 'topUp', amount);
    return account;
  };
  const [won, points] = [await open('KRW', WON), await open('PTS', POINTS)];
  return { customerId, won, points, orders: [], random: new Random(seed * 1_000 + index) };
}

async function act(api: Api, actor: Actor, goods: string, contents: readonly string[]): Promise<void> {
  const { random, customerId, won, points } = actor;
  const content = contents[random.below(contents.length)] ?? '';
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return buy(api, actor, { offeringId: goods, quantity: String(1 + random.below(5)) });
    case 4:
    case 5:
      return buy(api, actor, { offeringId: content });
    case 6:
    case 7:
      return cancel(api, actor);
    case 8:
      await api.post(`/v1/contents/${content}:read`, { customerId }, randomUUID());
      return;
    case 9:
      return ship(api, actor);
    case 10:
      return move(api, random.below(2) === 0 ? won : points, 'topUp', 1 + random.below(500));
    default:
      return move(api, random.below(2) === 0 ? won : points, random.below(2) === 0 ? 'withdraw' : 'pay', 200);
  }
}

async function buy(api: Api, { customerId, orders }: Actor, what: object): Promise<void> {
  const { id } = await api.post<{ id: string }>('/v1/purchases', { customerId, ...what }, randomUUID());
  orders.push(id);
}

async function cancel(api: Api, { orders, random }: Actor): Promise<void> {
  const order = orders[random.below(Math.max(orders.length, 1))];
  if (order !== undefined) await api.post(`/v1/orders/${order}:cancel`, {}, randomUUID());
}

async function ship(api: Api, { orders }: Actor): Promise<void> {
  const order = orders.at(-1);
  if (order === undefined) return;
  const [delivery] = await api.list<{ id: string }>(`/v1/deliveries?orderId=${order}`, 'deliveries');
  if (delivery) await api.post(`/v1/deliveries/${delivery.id}:ship`, {}, randomUUID());
}

async function move(api: Api, account: TradedAccount, command: 'topUp' | 'withdraw' | 'pay', amount: number) {
  const body = { amount: { currency: account.currency, amount: String(amount) }, memo: command };
  await api.post(`/v1/accounts/${account.id}:${command}`, body, randomUUID());
  account.expected += BigInt(command === 'topUp' ? amount : -amount);
}
