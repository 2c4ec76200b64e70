import { timestampDate } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { DriverState } from '#proto/ordering/v1/driver';
import { DriverService } from '#proto/ordering/v1/driver_service';
import { DriverChangedSchema, RideStateChangedSchema } from '#proto/ordering/v1/events';
import { RideState } from '#proto/ordering/v1/ride';
import { RideService } from '#proto/ordering/v1/ride_service';
import { customer } from '../../testing.ts';
import { asDriver, City, north } from '../testing/city.ts';

test('TAXI-1 a request is accepted with rating and billing away, and tells by when it is answered', async () => {
  await using city = await City.open();
  city.cashier[Symbol.dispose]();
  const customerId = await city.counter.newCustomer();
  const offeringId = await city.offering();
  const ride = await city.request(offeringId, { customerId });
  expect(ride).toMatchObject({
    customerId,
    offeringId,
    business: 'tanda',
    state: RideState.REQUESTED,
    driverId: '',
    pickup: { location: north(0), address: '서울시청' },
    dropoff: { location: north(8), address: '북한산' },
    history: [{ state: RideState.REQUESTED, reason: '', driverId: '' }],
    etag: '1',
  });
  expect(ride.answerTime && timestampDate(ride.answerTime).getTime()).toBe(city.counter.now.getTime() + 55_000);
  expect(await city.ride(ride.id)).toEqual(ride);
  expect(await city.counter.events(RideStateChangedSchema)).toMatchObject([
    { ride, previousState: RideState.UNSPECIFIED, offeringName: '탄다 일반', releasedDriverId: '' },
  ]);
});

test('TAXI-1 what cannot be: nobody, nothing, and something else', async () => {
  await using city = await City.open();
  const offeringId = await city.offering();
  const line = await city.counter.newOffering();
  await expect(city.request(offeringId, { customerId: 'nobody' })).rejects.toMatchObject({
    reason: 'CUSTOMER_NOT_FOUND',
  });
  await expect(city.request('nothing')).rejects.toMatchObject({ reason: 'OFFERING_NOT_FOUND' });
  await expect(city.request(line)).rejects.toMatchObject({
    reason: 'OFFERING_KIND_MISMATCH',
    metadata: { kind: 'LINE' },
  });
  await expect(city.ride('none')).rejects.toMatchObject({ reason: 'RIDE_NOT_FOUND' });
  await expect(city.accept('none')).rejects.toMatchObject({ reason: 'RIDE_NOT_FOUND' });
  await expect(city.end('none')).rejects.toMatchObject({ reason: 'RIDE_NOT_FOUND' });
  await expect(city.offline('none')).rejects.toMatchObject({ reason: 'DRIVER_NOT_FOUND' });
});

test('TAXI-2 drivers: registered once, offline at first, moved, gone', async () => {
  await using city = await City.open();
  const id = await city.driver();
  const driver = await city.driverOf(id);
  expect(driver).toMatchObject({ state: DriverState.OFFLINE, rideId: '', etag: '1' });
  expect(driver.location).toBeUndefined();
  await expect(
    city.counter.call(DriverService, 'createDriver', { driver: { id, displayName: 'X', vehicle: 'Y' } }),
  ).rejects.toMatchObject({ reason: 'ID_TAKEN' });
  const free = await city.online(id, 2);
  expect(free).toMatchObject({ state: DriverState.FREE, location: north(2), etag: '2' });
  expect(await city.online(id, 2)).toEqual(free);
  expect(await city.online(id, 3)).toMatchObject({ location: north(3), etag: '3' });
  await expect(city.counter.call(DriverService, 'goOffline', { driver: id, etag: '2' })).rejects.toMatchObject({
    reason: 'ETAG_MISMATCH',
  });
  expect(await city.offline(id)).toMatchObject({ state: DriverState.OFFLINE, location: north(3), etag: '4' });
  expect(await city.offline(id)).toMatchObject({ etag: '4' });
  const { drivers } = await city.counter.call(DriverService, 'listDrivers', { state: DriverState.OFFLINE });
  expect(drivers).toHaveLength(1);
  // Who a driver is, and neither where nor what they do.
  expect(await city.counter.events(DriverChangedSchema)).toMatchObject([{ driver }]);
});

test('TAXI-2 TAXI-5 customers and drivers reach what is theirs, and lists are paged', async () => {
  await using city = await City.open();
  const offering = await city.offering();
  const [near, far] = [await city.driver(1), await city.driver(2)];
  const first = await city.request(offering);
  await city.dispatch();
  const second = await city.request(offering);
  city.counter.caller = customer(first.customerId);
  expect((await city.ride(first.id)).driverId).toBe(near);
  await expect(city.ride(second.id)).rejects.toMatchObject({ reason: 'RIDE_NOT_FOUND' });
  await expect(city.cancel(second.id)).rejects.toMatchObject({ reason: 'RIDE_NOT_FOUND' });
  city.counter.caller = asDriver(far);
  await expect(city.ride(first.id)).rejects.toMatchObject({ reason: 'RIDE_NOT_FOUND' });
  await expect(city.board(first.id)).rejects.toMatchObject({ reason: 'RIDE_NOT_FOUND' });
  await expect(city.end(first.id)).rejects.toMatchObject({ reason: 'RIDE_NOT_FOUND' });
  await expect(city.accept(first.id, far)).rejects.toMatchObject({ reason: 'RIDE_NOT_FOUND' });
  await expect(city.decline(first.id, far)).rejects.toMatchObject({ reason: 'RIDE_NOT_FOUND' });
  city.counter.caller = asDriver(near);
  expect((await city.ride(first.id)).state).toBe(RideState.OFFERED);
  await expect(city.board(first.id)).rejects.toMatchObject({
    reason: 'RIDE_STATE_FORBIDS',
    metadata: { state: 'OFFERED' },
  });

  const list = async (filter: object) => city.counter.call(RideService, 'listRides', filter);
  expect((await list({ driverId: near })).rides.map(({ id }) => id)).toEqual([first.id]);
  expect((await list({ customerId: second.customerId })).rides.map(({ id }) => id)).toEqual([second.id]);
  expect((await list({ state: RideState.REQUESTED, business: 'tanda' })).rides.map(({ id }) => id)).toEqual([
    second.id,
  ]);
  const page = await list({ pageSize: 1 });
  expect(page.rides.map(({ id }) => id)).toEqual([second.id]);
  const next = await list({ pageSize: 1, pageToken: page.nextPageToken });
  expect(next.rides.map(({ id }) => id)).toEqual([first.id]);
  expect(next.nextPageToken).toBe('');
});

test('TAXI-2 no phone and no place of a driver leaves by a ride or its events', async () => {
  await using city = await City.open();
  const { ride } = await city.underWay();
  await city.end(ride.id);
  const { rows } = await city.counter.database.query<{ body: Buffer }>(
    `select body from outbox where aggregate = 'ride'`,
  );
  expect(rows).toHaveLength(5);
  for (const { body } of rows) expect(body.includes('+82-10-5555-0101')).toBe(false);
});
