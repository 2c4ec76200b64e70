import { expect, test } from 'vitest';
import { CatalogService } from '#proto/ordering/v1/catalog_service';
import { OfferingChangedSchema } from '#proto/ordering/v1/events';
import { OfferingKind } from '#proto/ordering/v1/offering';
import { Counter } from '../../testing.ts';

test('an offering is added once, found, changed by mask and told to everybody', async () => {
  await using counter = await Counter.open();
  await counter.newOffering('meter');
  await expect(counter.newOffering('meter')).rejects.toMatchObject({ reason: 'ID_TAKEN' });
  await expect(counter.call(CatalogService, 'getOffering', { offering: 'none' })).rejects.toMatchObject({
    reason: 'OFFERING_NOT_FOUND',
  });
  const changed = await counter.call(CatalogService, 'updateOffering', {
    offering: { id: 'meter', tariffId: 'other', displayName: 'New', etag: '1' },
    updateMask: { paths: ['tariff_id'] },
  });
  expect(changed).toMatchObject({ tariffId: 'other', displayName: 'Meter', kind: OfferingKind.LINE, etag: '2' });
  expect(await counter.call(CatalogService, 'getOffering', { offering: 'meter' })).toEqual(changed);
  const stale = { id: 'meter', displayName: 'New', etag: '1' };
  await expect(counter.call(CatalogService, 'updateOffering', { offering: stale })).rejects.toMatchObject({
    reason: 'ETAG_MISMATCH',
  });
  await expect(
    counter.call(CatalogService, 'updateOffering', { offering: { id: 'meter' }, updateMask: { paths: ['*'] } }),
  ).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
  expect(await counter.events(OfferingChangedSchema)).toMatchObject([
    { offering: { tariffId: 'meter-tariff' } },
    { offering: { tariffId: 'other' } },
  ]);
});

test('an offering without an id is given one; lists are oldest first, in pages', async () => {
  await using counter = await Counter.open();
  for (const id of ['b', 'a', '', 'c']) await counter.newOffering(id);
  const first = await counter.call(CatalogService, 'listOfferings', { business: 'iot', pageSize: 2 });
  const second = await counter.call(CatalogService, 'listOfferings', { pageSize: 2, pageToken: first.nextPageToken });
  const ids = [...first.offerings, ...second.offerings].map(({ id }) => id);
  // All were made at one time, so their ids decide.
  expect(ids).toHaveLength(4);
  expect(ids).toEqual(ids.toSorted());
  expect(second.nextPageToken).toBe('');
  expect((await counter.call(CatalogService, 'listOfferings', { business: 'shop' })).offerings).toEqual([]);
});

test('pieces are added to the offering that was looked at, if one is named', async () => {
  await using counter = await Counter.open();
  const offering = await counter.newOffering('cup', OfferingKind.GOODS);
  const restock = (ifMatch: string) =>
    counter.call(CatalogService, 'restockOffering', { offering, quantity: 5n }, { ifMatch });
  await expect(restock('"2"')).rejects.toMatchObject({ reason: 'ETAG_MISMATCH' });
  expect(await restock('"1"')).toMatchObject({ stock: 5n, etag: '1' });
});

test('SMOKE-4 an offering of visits has rules, which can be changed one by one and cleared', async () => {
  await using counter = await Counter.open();
  const head = { id: 'booth', business: 'booths', kind: OfferingKind.VISIT, displayName: 'Booth', tariffId: 'visit' };
  const create = (offering: object) => counter.call(CatalogService, 'createOffering', { offering });
  await expect(create({ ...head, kind: OfferingKind.RIDE, visit: {} })).rejects.toMatchObject({
    violations: [{ field: 'offering.visit' }],
  });
  expect((await create({ ...head, id: 'lax' })).visit).toMatchObject({ penaltyPoints: 0n, banThreshold: 0n });
  const made = await create({ ...head, visit: { penaltyPoints: 30n, banThreshold: 90n } });
  expect(made.visit).toMatchObject({ penaltyPoints: 30n, banThreshold: 90n });
  expect(await counter.call(CatalogService, 'getOffering', { offering: 'booth' })).toEqual(made);
  const { offerings } = await counter.call(CatalogService, 'listOfferings', {});
  expect(offerings.find(({ id }) => id === 'booth')).toEqual(made);

  const update = (visit: object | undefined, ...paths: string[]) =>
    counter.call(CatalogService, 'updateOffering', { offering: { id: 'booth', visit }, updateMask: { paths } });
  expect(await update({ banThreshold: 60n }, 'visit.ban_threshold')).toMatchObject({
    visit: { penaltyPoints: 30n, banThreshold: 60n },
    etag: '2',
  });
  expect(await update({ penaltyPoints: 30n })).toMatchObject({ etag: '2' });
  await expect(update({ penaltyPoints: -1n }, 'visit')).rejects.toMatchObject({
    violations: [{ field: 'offering.visit.penalty_points' }],
  });
  expect(await update(undefined, 'visit')).toMatchObject({ visit: { penaltyPoints: 0n, banThreshold: 0n }, etag: '3' });
  expect(await update(undefined, 'visit')).toMatchObject({ etag: '3' });
  const told = (await counter.events(OfferingChangedSchema)).filter(({ offering }) => offering?.id === 'booth');
  expect(told.map(({ offering }) => offering?.visit?.banThreshold)).toEqual([90n, 60n, 0n]);

  await counter.newOffering('meter');
  await expect(
    counter.call(CatalogService, 'updateOffering', { offering: { id: 'meter', visit: { penaltyPoints: 1n } } }),
  ).rejects.toMatchObject({ reason: 'INVALID_REQUEST', violations: [{ field: 'offering.visit' }] });
});
