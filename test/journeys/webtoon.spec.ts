import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../deploy/local/sample/until.ts';
import { eventNames } from './events.ts';
import { request } from './http.ts';
import { type Account, buy, newBuyer, newEpisode, type Offering, purse } from './store.ts';
import { theWorld, type World } from './world.ts';

let world: World;

beforeAll(() => {
  world = theWorld();
});

interface Reading {
  readonly orderId: string;
  readonly firstReadTime: string;
  readonly content: { readonly body: string; readonly version: number };
}

test('TOON-1 points are topped up and withdrawn, never more than there are', async () => {
  const { customer, account } = await newBuyer(world.operator, '600', 'PTS');
  const own = await world.customer(customer.id);
  expect(await purse(own, account.id)).toEqual(['600', '0']);
  const points = (amount: string) => ({ amount: { currency: 'PTS', amount } });
  const left = await own.post<Account>(`/v1/accounts/${account.id}:withdraw`, points('400'), randomUUID());
  expect(left.balance).toEqual({ currency: 'PTS', amount: '200' });
  await expect(own.post(`/v1/accounts/${account.id}:withdraw`, points('201'), randomUUID())).rejects.toMatchObject({
    status: 400,
    reason: 'INSUFFICIENT_BALANCE',
  });
  expect(await purse(own, account.id)).toEqual(['200', '0']);
});

describe('TOON-2 episodes', () => {
  test('TOON-2 an episode is read only after it was bought, and in its newest version', async () => {
    const { customer } = await newBuyer(world.operator, '600', 'PTS');
    const own = await world.customer(customer.id);
    const episode = await newEpisode(world.operator, '100', '1화 초고');
    const read = () => own.post<Reading>(`/v1/contents/${episode.id}:read`, {});
    await expect(read()).rejects.toMatchObject({ status: 403, reason: 'CONTENT_NOT_OWNED' });

    const order = await buy(own, customer.id, episode.id);
    expect(order).toMatchObject({ state: 'ORDER_STATE_COMPLETED', kind: 'ORDER_KIND_CONTENT' });
    const first = await read();
    expect(first).toMatchObject({ orderId: order.id, content: { body: '1화 초고', version: 1 } });

    const patched = await request(`${world.gatewayUrl}/v1/offerings/${episode.id}?updateMask=content.body`, {
      method: 'PATCH',
      token: await world.token('operator'),
      body: JSON.stringify({ content: { body: '1화 완성' } }),
    });
    expect(patched.status).toBe(200);
    expect(await read()).toMatchObject({
      content: { body: '1화 완성', version: 2 },
      firstReadTime: first.firstReadTime,
    });
    await read();
    const names = await until('two readings to be published', 10_000, async () => {
      const seen = await eventNames(world.natsUrl, 'ordering', 'order', order.id);
      return seen.filter((name) => name === 'ContentRead').length >= 2 ? seen : undefined;
    });
    expect(names.filter((name) => name === 'ContentRead')).toHaveLength(2);
  });

  test('TOON-2 what is to be read is not given away by the catalogue', async () => {
    const { customer } = await newBuyer(world.operator, '1', 'PTS');
    const own = await world.customer(customer.id);
    const episode = await newEpisode(world.operator, '100', '비밀');
    expect((await world.operator.get<Offering>(`/v1/offerings/${episode.id}`)).content?.body).toBe('비밀');
    const shown = await own.get<Offering>(`/v1/offerings/${episode.id}`);
    expect(shown.content).toMatchObject({ author: '최작가', version: 1 });
    expect(JSON.stringify(shown)).not.toContain('비밀');
    const listed = await world.operator.list<Offering>('/v1/offerings?business=webtoon', 'offerings');
    expect(listed.find(({ id }) => id === episode.id)).toBeDefined();
    expect(JSON.stringify(listed)).not.toContain('비밀');
  });

  test('TOON-2 an upload that says too little or too much is refused by field', async () => {
    const token = await world.token('operator');
    const upload = async (offering: object) => {
      const body = JSON.stringify({ business: 'webtoon', displayName: 'X', tariffId: 't', ...offering });
      const answer = await request(`${world.gatewayUrl}/v1/offerings`, { method: 'POST', token, body });
      expect(answer).toMatchObject({ status: 400, reason: 'INVALID_REQUEST' });
      return answer.fields;
    };
    const content = { author: '최', episode: 1, body: 'x' };
    expect(await upload({ kind: 'OFFERING_KIND_CONTENT', stock: 3 })).toEqual(['offering.stock', 'offering.content']);
    expect(await upload({ kind: 'OFFERING_KIND_GOODS', content })).toEqual(['offering.content']);
    expect(await upload({ kind: 'OFFERING_KIND_CONTENT', content: { ...content, body: '' } })).toEqual([
      'offering.content.body',
    ]);
  });
});

describe('TOON-3 points decide', () => {
  test('TOON-3 100 points from 600 leave 500; 600 from 200 are refused and stay 200', async () => {
    const rich = await newBuyer(world.operator, '600', 'PTS');
    const poor = await newBuyer(world.operator, '200', 'PTS');
    const cheap = await newEpisode(world.operator, '100', '1화');
    const dear = await newEpisode(world.operator, '600', '특별판');
    expect(await buy(world.operator, rich.customer.id, cheap.id)).toMatchObject({ state: 'ORDER_STATE_COMPLETED' });
    expect(await purse(world.operator, rich.account.id)).toEqual(['500', '0']);
    expect(await buy(world.operator, poor.customer.id, dear.id)).toMatchObject({
      state: 'ORDER_STATE_REJECTED',
      stateReason: 'INSUFFICIENT_BALANCE',
    });
    expect(await purse(world.operator, poor.account.id)).toEqual(['200', '0']);
  });

  test('TOON-3 an episode is bought once, also by ten clicks at once', async () => {
    // Enough for all ten, so that what is set aside for one never keeps another from being asked.
    const { customer, account } = await newBuyer(world.operator, '1000', 'PTS');
    const episode = await newEpisode(world.operator, '100', '1화');
    const orders = await Promise.all(Array.from({ length: 10 }, () => buy(world.operator, customer.id, episode.id)));
    const ends = orders.map(({ state, stateReason }) => stateReason || state);
    expect(ends.toSorted()).toEqual([...Array(9).fill('CONTENT_ALREADY_OWNED'), 'ORDER_STATE_COMPLETED']);
    expect(await purse(world.operator, account.id)).toEqual(['900', '0']);
  });
});

test('TOON-4 a cancellation before the first reading gives the points back; after it, it is refused', async () => {
  const { customer, account } = await newBuyer(world.operator, '600', 'PTS');
  const own = await world.customer(customer.id);
  const episode = await newEpisode(world.operator, '100', '1화');
  const first = await buy(own, customer.id, episode.id);
  const cancelled = await own.post(`/v1/orders/${first.id}:cancel`, {}, randomUUID());
  expect(cancelled).toMatchObject({ state: 'ORDER_STATE_CANCELLED' });
  expect(await purse(own, account.id)).toEqual(['600', '0']);
  await expect(own.post(`/v1/contents/${episode.id}:read`, {})).rejects.toMatchObject({ reason: 'CONTENT_NOT_OWNED' });

  const second = await buy(own, customer.id, episode.id);
  await own.post(`/v1/contents/${episode.id}:read`, {});
  await expect(own.post(`/v1/orders/${second.id}:cancel`, {}, randomUUID())).rejects.toMatchObject({
    status: 400,
    reason: 'CONTENT_ALREADY_READ',
  });
  expect(await purse(own, account.id)).toEqual(['500', '0']);
});
