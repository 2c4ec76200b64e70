import { expect, test } from 'vitest';
import { CatalogService } from '#proto/ordering/v1/catalog_service';
import { ContentReadSchema, OfferingChangedSchema } from '#proto/ordering/v1/events';
import { OfferingKind } from '#proto/ordering/v1/offering';
import { OrderKind, OrderState } from '#proto/ordering/v1/order';
import { customer } from '../../testing.ts';
import { Shop } from '../testing/shop.ts';

test('TOON-2 an episode is read only after it is bought, and in its newest version', async () => {
  await using shop = await Shop.open();
  const reader = await shop.customer(600n, 'PTS');
  const episode = await shop.episode(100n, '1화 초고');
  await expect(shop.read(reader, episode)).rejects.toMatchObject({ reason: 'CONTENT_NOT_OWNED' });
  const order = await shop.buy(reader, episode);
  expect(order).toMatchObject({ state: OrderState.COMPLETED, kind: OrderKind.CONTENT, quantity: 1n });
  const first = await shop.read(reader, episode);
  expect(first).toMatchObject({
    orderId: order.id,
    content: { body: '1화 초고', version: 1, author: '최작가', episode: 1 },
  });
  expect(await shop.read(reader, episode)).toEqual(first);

  const body = '1화 완성';
  const changed = await shop.counter.call(CatalogService, 'updateOffering', {
    offering: { id: episode, content: { body } },
    updateMask: { paths: ['content.body'] },
  });
  expect(changed).toMatchObject({ content: { body, version: 2, author: '최작가', episode: 1 }, etag: '2' });
  const second = await shop.read(reader, episode);
  expect(second).toMatchObject({ content: { body, version: 2 }, firstReadTime: first.firstReadTime });
  await shop.read(reader, episode);
  const reading = { orderId: order.id, customerId: reader, offeringId: episode, offeringName: '바다 1화' };
  expect(await shop.counter.events(ContentReadSchema)).toMatchObject([
    { ...reading, version: 1 },
    { ...reading, version: 2 },
  ]);
});

test('TOON-2 the body is for operators and readers: not for others, nor in lists, nor in events', async () => {
  await using shop = await Shop.open();
  const episode = await shop.episode(100n, '비밀');
  const got = await shop.counter.call(CatalogService, 'getOffering', { offering: episode });
  expect(got.content).toMatchObject({ body: '비밀', version: 1 });
  shop.counter.caller = customer('c1');
  const shown = await shop.counter.call(CatalogService, 'getOffering', { offering: episode });
  expect(shown.content).toMatchObject({ body: '', version: 1, author: '최작가' });
  const { offerings } = await shop.counter.call(CatalogService, 'listOfferings', {});
  expect(offerings.map(({ content }) => content?.body)).toEqual(['']);
  const [changed] = await shop.counter.events(OfferingChangedSchema);
  expect(changed?.offering?.content).toMatchObject({ body: '', author: '최작가' });
});

test('TOON-2 an update of content names its parts, or replaces it; the same again is no new version', async () => {
  await using shop = await Shop.open();
  const episode = await shop.episode(100n, '1화');
  const update = (offering: object, paths?: string[]) =>
    shop.counter.call(CatalogService, 'updateOffering', {
      offering: { id: episode, ...offering },
      ...(paths && { updateMask: { paths } }),
    });
  expect(await update({ content: { author: '박작가' } })).toMatchObject({
    content: { author: '박작가', body: '1화', episode: 1, version: 2 },
  });
  const same = await update({ content: { author: '박작가', body: '1화', episode: 1 } }, ['content']);
  expect(same).toMatchObject({ content: { version: 2 }, etag: '2' });
  expect(await update({ displayName: '바다' })).toMatchObject({
    displayName: '바다',
    content: { version: 2 },
    etag: '3',
  });
  await expect(update({}, ['content'])).rejects.toMatchObject({ violations: [{ field: 'offering.content' }] });
  await expect(update({ content: { body: '' } }, ['content.body'])).rejects.toMatchObject({
    violations: [{ field: 'offering.content.body' }],
  });
  await expect(update({ stock: 5n }, ['stock'])).rejects.toMatchObject({ violations: [{ field: 'update_mask' }] });
});

test('TOON-3 100 of 600 points leave 500; 600 of 200 are refused and stay 200', async () => {
  await using shop = await Shop.open();
  const rich = await shop.customer(600n, 'PTS');
  const poor = await shop.customer(200n, 'PTS');
  expect(await shop.buy(rich, await shop.episode(100n))).toMatchObject({ state: OrderState.COMPLETED });
  expect(shop.purse(rich)).toEqual({ balance: 500n, reserved: 0n });
  expect(await shop.buy(poor, await shop.episode(600n))).toMatchObject({
    state: OrderState.REJECTED,
    stateReason: 'INSUFFICIENT_BALANCE',
  });
  expect(shop.purse(poor)).toEqual({ balance: 200n, reserved: 0n });
});

test('TOON-4 unread content goes back for its points and can be bought again; read content does not', async () => {
  await using shop = await Shop.open();
  const reader = await shop.customer(600n, 'PTS');
  const episode = await shop.episode(100n);
  const first = await shop.buy(reader, episode);
  expect(await shop.cancel(first.id)).toMatchObject({ state: OrderState.CANCELLED });
  expect(shop.purse(reader)).toEqual({ balance: 600n, reserved: 0n });
  await expect(shop.read(reader, episode)).rejects.toMatchObject({ reason: 'CONTENT_NOT_OWNED' });

  const second = await shop.buy(reader, episode);
  await shop.read(reader, episode);
  await expect(shop.cancel(second.id)).rejects.toMatchObject({ reason: 'CONTENT_ALREADY_READ' });
  expect(await shop.counter.order(second.id)).toMatchObject({ state: OrderState.COMPLETED });
  expect(shop.purse(reader)).toEqual({ balance: 500n, reserved: 0n });
});

test('TOON-3 content is bought once, also by ten orders at once', async () => {
  await using shop = await Shop.open();
  const reader = await shop.customer(600n, 'PTS');
  const episode = await shop.episode(50n);
  const orders = await Promise.all(Array.from({ length: 10 }, () => shop.buy(reader, episode)));
  const states = orders.map(({ state, stateReason }) => (state === OrderState.COMPLETED ? 'bought' : stateReason));
  expect(states.toSorted()).toEqual([...Array(9).fill('CONTENT_ALREADY_OWNED'), 'bought']);
  expect(shop.purse(reader)).toEqual({ balance: 550n, reserved: 0n });
  await expect(shop.buy(reader, episode, 2n)).rejects.toMatchObject({ violations: [{ field: 'quantity' }] });
});

test('TOON-4 a reading and a cancellation at the same moment: one of them', async () => {
  await using shop = await Shop.open();
  for (let round = 0; round < 10; round++) {
    const reader = await shop.customer(100n, 'PTS');
    const episode = await shop.episode(100n);
    const { id } = await shop.buy(reader, episode);
    const [read, cancelled] = await Promise.allSettled([shop.read(reader, episode), shop.cancel(id)]);
    expect([read.status, cancelled.status].toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(shop.purse(reader).balance).toBe(read.status === 'fulfilled' ? 0n : 100n);
  }
});

test('refused: what is no content, what is not there, and offerings that contradict their kind', async () => {
  await using shop = await Shop.open();
  const reader = await shop.customer(600n);
  const mug = await shop.goods(1n, 1000n);
  await expect(shop.read(reader, mug)).rejects.toMatchObject({ reason: 'OFFERING_KIND_MISMATCH' });
  await expect(shop.read(reader, 'none')).rejects.toMatchObject({ reason: 'OFFERING_NOT_FOUND' });
  await expect(shop.buy(reader, 'none')).rejects.toMatchObject({ reason: 'OFFERING_NOT_FOUND' });
  await expect(shop.buy('nobody', mug)).rejects.toMatchObject({ reason: 'CUSTOMER_NOT_FOUND' });
  await expect(shop.buy(reader, await shop.counter.newOffering())).rejects.toMatchObject({
    reason: 'OFFERING_KIND_MISMATCH',
  });
  const offering = { business: 'shop', kind: OfferingKind.CONTENT, displayName: 'X', tariffId: 't', stock: 4n };
  await expect(shop.counter.call(CatalogService, 'createOffering', { offering })).rejects.toMatchObject({
    violations: [{ field: 'offering.stock' }, { field: 'offering.content' }],
  });
});
