import { timestampDate } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { DriverState } from '#proto/ordering/v1/driver';
import { RideStateChangedSchema } from '#proto/ordering/v1/events';
import { RideCanceller, RideState } from '#proto/ordering/v1/ride';
import { City } from '../testing/city.ts';

test('TAXI-2 the nearest free driver is offered the ride and accepts; the arrival time is told', async () => {
  await using city = await City.open();
  const far = await city.driver(9);
  const near = await city.driver(2);
  await city.driver();
  const { id } = await city.request(await city.offering());
  await city.dispatch();
  const offered = await city.ride(id);
  expect(offered).toMatchObject({
    state: RideState.OFFERED,
    driverId: near,
    driverName: '이기사',
    vehicle: '흰색 쏘나타 12가3456',
  });
  expect(offered.offerExpireTime && timestampDate(offered.offerExpireTime).getTime()).toBe(
    city.counter.now.getTime() + 15_000,
  );
  expect(await city.driverOf(near)).toMatchObject({ state: DriverState.OFFERED, rideId: id });
  city.wait(5);
  const accepted = await city.accept(id, near, 7);
  expect(accepted).toMatchObject({ state: RideState.DISPATCHED, driverId: near });
  expect(accepted.offerExpireTime).toBeUndefined();
  expect(accepted.arrivalTime && timestampDate(accepted.arrivalTime).getTime()).toBe(
    city.counter.now.getTime() + 7 * 60_000,
  );
  expect(await city.driverOf(near)).toMatchObject({ state: DriverState.ENGAGED, rideId: id });
  expect(await city.driverOf(far)).toMatchObject({ state: DriverState.FREE });
  expect(await city.board(id)).toMatchObject({ state: RideState.IN_PROGRESS, arrivalTime: accepted.arrivalTime });
  await expect(city.accept(id, near)).rejects.toMatchObject({
    reason: 'RIDE_STATE_FORBIDS',
    metadata: { state: 'IN_PROGRESS' },
  });
  expect(await city.counter.events(RideStateChangedSchema)).toMatchObject([
    { previousState: RideState.UNSPECIFIED, ride: { state: RideState.REQUESTED } },
    { previousState: RideState.REQUESTED, ride: { state: RideState.OFFERED, driverId: near } },
    { previousState: RideState.OFFERED, ride: { state: RideState.DISPATCHED } },
    { previousState: RideState.DISPATCHED, ride: { state: RideState.IN_PROGRESS } },
  ]);
});

test('TAXI-2 who declines loses the offer to the next one, and is not asked for that ride again', async () => {
  await using city = await City.open();
  const offering = await city.offering();
  const near = await city.driver(1);
  const { id } = await city.request(offering);
  await city.dispatch();
  const declined = await city.decline(id, near);
  expect(declined).toMatchObject({ state: RideState.REQUESTED, driverId: '', driverName: '', vehicle: '' });
  expect(await city.driverOf(near)).toMatchObject({ state: DriverState.FREE, rideId: '' });
  const events = await city.counter.events(RideStateChangedSchema);
  expect(events.at(-1)).toMatchObject({ previousState: RideState.OFFERED, releasedDriverId: near });
  await city.dispatch();
  expect((await city.ride(id)).state).toBe(RideState.REQUESTED);
  await expect(city.accept(id, near)).rejects.toMatchObject({ reason: 'RIDE_NOT_OFFERED' });
  const next = await city.driver(5);
  await city.dispatch();
  expect((await city.ride(id)).driverId).toBe(next);
  await expect(city.accept(id, near)).rejects.toMatchObject({ reason: 'RIDE_NOT_OFFERED' });
  // Another ride is another question.
  const other = await city.request(offering);
  await city.dispatch();
  expect((await city.ride(other.id)).driverId).toBe(near);
});

test('TAXI-2 who stays silent loses the offer to the next one', async () => {
  await using city = await City.open();
  const [near, next] = [await city.driver(1), await city.driver(2)];
  const { id } = await city.request(await city.offering());
  await city.dispatch();
  city.wait(15);
  // Too late by the clock is too late, also before the dispatch has looked.
  await expect(city.accept(id, near)).rejects.toMatchObject({ reason: 'RIDE_NOT_OFFERED' });
  await city.dispatch();
  expect(await city.ride(id)).toMatchObject({ state: RideState.OFFERED, driverId: next });
  expect(await city.driverOf(near)).toMatchObject({ state: DriverState.FREE });
  await expect(city.accept(id, near)).rejects.toMatchObject({ reason: 'RIDE_NOT_OFFERED' });
  expect((await city.accept(id, next)).history.map(({ state, driverId }) => [state, driverId])).toEqual([
    [RideState.REQUESTED, ''],
    [RideState.OFFERED, near],
    [RideState.REQUESTED, near],
    [RideState.OFFERED, next],
    [RideState.DISPATCHED, next],
  ]);
});

test('TAXI-2 who goes offline gives the offer to the next one; with a ride nobody goes', async () => {
  await using city = await City.open();
  const [near, next] = [await city.driver(1), await city.driver(2)];
  const { id } = await city.request(await city.offering());
  await city.dispatch();
  expect(await city.offline(near)).toMatchObject({ state: DriverState.OFFLINE, rideId: '' });
  await city.dispatch();
  expect((await city.ride(id)).driverId).toBe(next);
  await city.accept(id, next);
  await expect(city.offline(next)).rejects.toMatchObject({
    reason: 'DRIVER_STATE_FORBIDS',
    metadata: { state: 'ENGAGED', ride_id: id },
  });
  expect(await city.online(next, 0)).toMatchObject({ state: DriverState.ENGAGED, rideId: id });
});

test('TAXI-2 at one place the driver who has waited longest is asked, and nobody out of reach', async () => {
  await using city = await City.open({ RIDE_SEARCH_RADIUS_METERS: '5000' });
  const offering = await city.offering();
  await city.driver(5.2);
  const { id } = await city.request(offering);
  await city.dispatch();
  expect((await city.ride(id)).state).toBe(RideState.REQUESTED);
  await city.cancel(id);
  const first = await city.driver(3);
  city.wait(1);
  await city.driver(3);
  const other = await city.request(offering);
  await city.dispatch();
  expect((await city.ride(other.id)).driverId).toBe(first);
});

test('TAXI-2 the oldest request is served first', async () => {
  await using city = await City.open();
  const offering = await city.offering();
  const [older, younger] = [await city.request(offering), await city.request(offering)];
  const driver = await city.driver(1);
  await city.dispatch();
  expect((await city.ride(older.id)).driverId).toBe(driver);
  expect((await city.ride(younger.id)).state).toBe(RideState.REQUESTED);
});

test('TAXI-3 nobody takes it in time: cancelled by the system, and whoever was asked is free', async () => {
  await using city = await City.open();
  const offering = await city.offering();
  const alone = await city.request(offering);
  city.wait(45);
  const driver = await city.driver(1);
  await city.dispatch();
  const { offerExpireTime, answerTime } = await city.ride(alone.id);
  expect(offerExpireTime).toEqual(answerTime);
  city.wait(9.999);
  await city.dispatch();
  expect((await city.ride(alone.id)).state).toBe(RideState.OFFERED);
  city.wait(0.001);
  await city.dispatch();
  const over = await city.ride(alone.id);
  expect(over).toMatchObject({
    state: RideState.CANCELLED,
    cancelledBy: RideCanceller.SYSTEM,
    stateReason: 'NO_DRIVER_AVAILABLE',
    driverId: '',
  });
  expect(await city.driverOf(driver)).toMatchObject({ state: DriverState.FREE, rideId: '' });
  const events = await city.counter.events(RideStateChangedSchema);
  expect(events.at(-1)).toMatchObject({ ride: over, releasedDriverId: driver });
  const late = { reason: 'RIDE_STATE_FORBIDS', metadata: { state: 'CANCELLED', cancelled_by: 'SYSTEM' } };
  await expect(city.accept(alone.id, driver)).rejects.toMatchObject(late);
  await expect(city.cancel(alone.id)).rejects.toMatchObject(late);
  await expect(city.accept(alone.id, await city.driver(2))).rejects.toMatchObject({ reason: 'RIDE_NOT_OFFERED' });
});

test('TAXI-3 after an outage everything that is overdue is answered at the first look, and nothing is dispatched late', async () => {
  await using city = await City.open();
  const offering = await city.offering();
  const rides = [];
  for (let count = 0; count < 30; count++) rides.push(await city.request(offering));
  const drivers = await Promise.all([1, 2, 3].map((kilometres) => city.driver(kilometres)));
  city.wait(600);
  await city.dispatch();
  for (const { id } of rides) expect((await city.ride(id)).cancelledBy).toBe(RideCanceller.SYSTEM);
  for (const driver of drivers) expect((await city.driverOf(driver)).state).toBe(DriverState.FREE);
  const fresh = await city.request(offering);
  await city.dispatch();
  expect((await city.ride(fresh.id)).driverId).toBe(drivers[0]);
});

test('TAXI-3 while nobody has been free for a while, requests are told so at once; never because nobody is online yet', async () => {
  await using city = await City.open();
  const offering = await city.offering();
  for (let count = 0; count < 3; count++) {
    await city.request(offering);
    city.wait(55);
    await city.dispatch();
  }
  city.wait(20);
  await expect(city.request(offering)).rejects.toMatchObject({
    reason: 'NO_DRIVER_AVAILABLE',
    code: 14,
    retryAfterMs: 40_000,
  });
  // Somewhere else, and for another offering, it is not known.
  expect((await city.request(offering, { kilometres: 200 })).state).toBe(RideState.REQUESTED);
  expect((await city.request(await city.offering())).state).toBe(RideState.REQUESTED);
  // Somebody is free again.
  const driver = await city.driver(3);
  const { id } = await city.request(offering);
  await city.dispatch();
  await city.offline(driver);
  await city.cancel(id);
  await expect(city.request(offering)).rejects.toMatchObject({ retryAfterMs: 40_000 });
  // When the time is over it is worth a try.
  city.wait(40);
  expect((await city.request(offering)).state).toBe(RideState.REQUESTED);
});

test('the database lets no driver have two rides, whoever tries', async () => {
  await using city = await City.open();
  const { driver } = await city.underWay();
  const other = await city.request(await city.offering());
  await expect(
    city.counter.database.query(
      `update rides set state = 'OFFERED', driver_id = $2, offer_expire_time = now() where id = $1`,
      [other.id, driver],
    ),
  ).rejects.toMatchObject({ constraint: 'rides_one_a_driver' });
});
