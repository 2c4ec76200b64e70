import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { Api } from '../../deploy/local/sample/api.ts';
import type { Message } from '../../deploy/local/sample/resources.ts';
import { inParallel, until } from '../../deploy/local/sample/until.ts';
import { newCustomer } from './business.ts';
import { request } from './http.ts';
import { pageOf, timelineOf } from './mypages.ts';
import {
  act,
  boardedRide,
  driverOf,
  newDriver,
  newRider,
  newRides,
  newTown,
  type Ride,
  requestRide,
  rideOf,
  untilRide,
} from './rides.ts';
import { theWorld, type World } from './world.ts';

let world: World;
let operator: Api;
let offering: string;
/** A ride that nobody takes, requested before everything else: the real minute passes while other tests run. */
let lonely: Ride;
/** An operator's client that repeats nothing. */
let once: Api;

beforeAll(async () => {
  world = theWorld();
  operator = world.operator;
  once = new Api({ gatewayUrl: world.gatewayUrl, token: () => world.token('operator'), patienceMs: 0 });
  offering = await newRides(operator);
  const forNobody = await newRides(operator);
  lonely = await requestRide(operator, (await newRider(operator)).id, forNobody, newTown()());
});

describe('TAXI-1 requesting', () => {
  test('TAXI-1 a request is accepted while every other service is stopped, and answered once a driver is there', async () => {
    const rider = await newRider(operator);
    const town = newTown();
    const others = ['rating', 'billing', 'settlement', 'notification', 'mypage'];
    await Promise.all(others.map((name) => world.mesh.stopService(name)));
    let ride: Ride;
    try {
      ride = await requestRide(await world.customer(rider.id), rider.id, offering, town());
      expect(ride).toMatchObject({ state: 'RIDE_STATE_REQUESTED', customerId: rider.id });
      const driver = await newDriver(operator, town(300));
      await untilRide(operator, ride.id, { state: 'RIDE_STATE_OFFERED', driverId: driver.id });
      expect(await act(operator, ride, 'accept', { driverId: driver.id, etaMinutes: 2 })).toMatchObject({
        state: 'RIDE_STATE_DISPATCHED',
      });
    } finally {
      await Promise.all(others.map((name) => world.mesh.startService(name)));
    }
    expect(await act(operator, ride, 'cancel')).toMatchObject({ state: 'RIDE_STATE_CANCELLED' });
  });

  test('TAXI-1 what contradicts itself is refused, field by field', async () => {
    const token = await world.token('operator');
    const rider = await newRider(operator);
    const place = { location: { latitude: 37, longitude: 127 }, address: '' };
    const post = (body: object) =>
      request(`${world.gatewayUrl}/v1/rides`, { method: 'POST', token, body: JSON.stringify(body) });
    const whole = { customerId: rider.id, offeringId: offering, pickup: place, dropoff: place };
    expect(await post({ ...whole, pickup: undefined })).toMatchObject({ status: 400, fields: ['pickup'] });
    expect(await post({ ...whole, pickup: { location: { latitude: 91, longitude: 0 } } })).toMatchObject({
      status: 400,
      fields: ['pickup.location.latitude'],
    });
    expect(await post({ ...whole, customerId: randomUUID() })).toMatchObject({ reason: 'CUSTOMER_NOT_FOUND' });
    expect(await post({ ...whole, offeringId: 'nothing' })).toMatchObject({ reason: 'OFFERING_NOT_FOUND' });
  });
});

describe('TAXI-2 dispatch', () => {
  test('TAXI-2 the nearest is asked first; who declines or stays silent loses the offer to the next one', async () => {
    const rider = await newRider(operator);
    const town = newTown();
    const [far, near, middle] = await inParallel([3_000, 100, 1_500], 3, (meters) => newDriver(operator, town(meters)));
    if (!far || !near || !middle) throw new Error('unreachable: there are three drivers');
    const ride = await requestRide(operator, rider.id, offering, town());
    const asDriver = async (id: string) =>
      new Api({ gatewayUrl: world.gatewayUrl, token: await world.token('driver', id), patienceMs: 0 });

    await untilRide(operator, ride.id, { state: 'RIDE_STATE_OFFERED', driverId: near.id });
    // For somebody who was not asked there is no such ride.
    await expect(act(await asDriver(far.id), ride, 'accept', { etaMinutes: 1 })).rejects.toMatchObject({
      status: 404,
      reason: 'RIDE_NOT_FOUND',
    });
    await act(await asDriver(near.id), ride, 'decline');
    await untilRide(operator, ride.id, { state: 'RIDE_STATE_OFFERED', driverId: middle.id });
    // The second one says nothing.
    await untilRide(operator, ride.id, { state: 'RIDE_STATE_OFFERED', driverId: far.id });
    await expect(act(await asDriver(middle.id), ride, 'accept', { etaMinutes: 1 })).rejects.toMatchObject({
      reason: 'RIDE_NOT_OFFERED',
    });
    const taken = await act(await asDriver(far.id), ride, 'accept', { etaMinutes: 7 });
    expect(taken).toMatchObject({ state: 'RIDE_STATE_DISPATCHED', driverId: far.id, driverName: '최기사' });
    const dispatched = taken.history.at(-1)?.time ?? '';
    expect(Date.parse(taken.arrivalTime ?? '') - Date.parse(dispatched)).toBe(7 * 60_000);
    expect(taken.history.map(({ state, driverId }) => [state.replace('RIDE_STATE_', ''), driverId])).toEqual([
      ['REQUESTED', ''],
      ['OFFERED', near.id],
      ['REQUESTED', expect.anything()],
      ['OFFERED', middle.id],
      ['REQUESTED', expect.anything()],
      ['OFFERED', far.id],
      ['DISPATCHED', far.id],
    ]);
    for (const { id } of [near, middle])
      expect(await driverOf(operator, id)).toMatchObject({ state: 'DRIVER_STATE_FREE' });
    expect(await driverOf(operator, far.id)).toMatchObject({ state: 'DRIVER_STATE_ENGAGED', rideId: ride.id });
    // The customer is told the arrival time.
    await until('the rider to be told', 20_000, async () => {
      const texts = await world.textMessagesTo(rider.phone);
      return texts.some(({ text }) => text.includes('최기사')) || undefined;
    });
  });

  test('TAXI-2 thirty rides at once for ten drivers: nobody has two, nothing is offered twice, and all are answered', async () => {
    const town = newTown();
    const riders = await inParallel(Array.from({ length: 30 }), 10, () => newCustomer(operator));
    const places = Array.from({ length: 10 }, (_, index) => town(index * 50));
    const drivers = await inParallel(places, 10, (place) => newDriver(operator, place));
    const rides = await inParallel(riders, 15, ({ id }) => requestRide(operator, id, offering, town()));
    const dispatched = await until('every driver to have a ride', 40_000, async () => {
      const now = await inParallel(rides, 15, ({ id }) => rideOf(operator, id));
      const offered = now.filter(({ state }) => state === 'RIDE_STATE_OFFERED');
      await inParallel(offered, 10, (ride) => act(operator, ride, 'accept', { etaMinutes: 1 }).catch(() => undefined));
      const taken = now.filter(({ state }) => state === 'RIDE_STATE_DISPATCHED');
      return taken.length === drivers.length ? taken : undefined;
    });
    expect(new Set(dispatched.map(({ driverId }) => driverId)).size).toBe(drivers.length);
    await inParallel(rides, 15, (ride) => act(operator, ride, 'cancel'));
    for (const { id } of drivers) expect(await driverOf(operator, id)).toMatchObject({ state: 'DRIVER_STATE_FREE' });
  });
});

describe('TAXI-5 cancelling', () => {
  test('TAXI-5 until boarding, also after dispatch; the driver is free again, and after boarding it is refused', async () => {
    const rider = await newRider(operator);
    const own = await world.customer(rider.id);
    const town = newTown();
    const driver = await newDriver(operator, town(100));
    const ride = await requestRide(own, rider.id, offering, town());
    await untilRide(own, ride.id, { state: 'RIDE_STATE_OFFERED' });
    await act(operator, ride, 'accept', { driverId: driver.id, etaMinutes: 1 });
    expect(await act(own, ride, 'cancel')).toMatchObject({
      state: 'RIDE_STATE_CANCELLED',
      cancelledBy: 'RIDE_CANCELLER_CUSTOMER',
    });
    expect(await driverOf(operator, driver.id)).toMatchObject({ state: 'DRIVER_STATE_FREE', rideId: '' });
    const boarded = await boardedRide(operator, rider.id, offering);
    await expect(act(own, boarded.ride, 'cancel')).rejects.toMatchObject({ status: 400, reason: 'RIDE_STATE_FORBIDS' });
    expect(await rideOf(own, boarded.ride.id)).toMatchObject({ state: 'RIDE_STATE_IN_PROGRESS' });
  });

  test('TAXI-5 cancelling races with boarding: exactly one wins, and the other reads why', async () => {
    const rider = await newRider(operator);
    const own = await world.customer(rider.id);
    const town = newTown();
    const driver = await newDriver(operator, town(100));
    for (let turn = 0; turn < 8; turn++) {
      const ride = await requestRide(own, rider.id, offering, town());
      await untilRide(own, ride.id, { state: 'RIDE_STATE_OFFERED', driverId: driver.id });
      await act(operator, ride, 'accept', { driverId: driver.id, etaMinutes: 1 });
      const [cancel, board] = await Promise.allSettled([act(own, ride, 'cancel'), act(once, ride, 'board')]);
      expect([cancel.status, board.status].sort()).toEqual(['fulfilled', 'rejected']);
      const lost = cancel.status === 'rejected' ? cancel : board;
      expect(lost).toMatchObject({ reason: { reason: 'RIDE_STATE_FORBIDS' } });
      const now = await rideOf(own, ride.id);
      expect(now.state).toBe(cancel.status === 'fulfilled' ? 'RIDE_STATE_CANCELLED' : 'RIDE_STATE_IN_PROGRESS');
      if (now.state === 'RIDE_STATE_IN_PROGRESS')
        await act(operator, ride, 'end', { distanceMeters: 1, durationSeconds: 1 });
    }
    expect(await driverOf(operator, driver.id)).toMatchObject({ state: 'DRIVER_STATE_FREE' });
  });
});

test('TAXI-6 every change of state is told to the rider, and to the driver what concerns the driver', async () => {
  const rider = await newRider(operator);
  const { ride, driver } = await boardedRide(operator, rider.id, offering);
  await act(operator, ride, 'end', { distanceMeters: 2_000, durationSeconds: 300 });
  const toRider = await until('the rider to have five messages', 20_000, async () => {
    const sent = await operator.list<Message>(`/v1/messages?customerId=${rider.id}&channel=CHANNEL_SMS`, 'messages');
    const told = sent.filter(
      ({ state, template }) => state === 'MESSAGE_STATE_SENT' && template === 'ride-state-changed',
    );
    return told.length === 5 ? told : undefined;
  });
  // Newest first.
  expect(toRider[0]?.body).toContain('5,830 KRW');
  await until('the driver to have been told of the offer and the fare', 20_000, async () => {
    const texts = (await world.textMessagesTo(driver.phone)).map(({ text }) => text);
    return (texts.length >= 2 && texts.some((text) => text.includes('5,830 KRW'))) || undefined;
  });
  await until('the receipt to have come by mail', 20_000, async () => {
    const mails = await world.mailsTo(rider.email);
    return mails.length === 1 ? true : undefined;
  });
});

test('TAXI-7 the history of rides is on my page, also while ordering and billing are stopped', async () => {
  const rider = await newRider(operator);
  const own = await world.customer(rider.id);
  const { ride, driver } = await boardedRide(operator, rider.id, offering);
  const ended = await act(operator, ride, 'end', { distanceMeters: 2_000, durationSeconds: 300 });
  await until(
    'my page to have the ride',
    20_000,
    async () => (await pageOf(own, rider.id)).rides.some(({ state }) => state === 'RIDE_STATE_ENDED') || undefined,
  );
  await Promise.all(['ordering', 'billing'].map((name) => world.mesh.stopService(name)));
  try {
    const { rides } = await pageOf(own, rider.id);
    expect(rides).toMatchObject([
      {
        id: ride.id,
        state: 'RIDE_STATE_ENDED',
        driverId: driver.id,
        driverName: '최기사',
        pickup: { address: '역 앞' },
        dropoff: { address: '시장' },
        fare: { amount: '5830' },
      },
    ]);
    expect(rides[0]?.history.map(({ state }) => state)).toEqual(ended.history.map(({ state }) => state));
    const told = (await timelineOf(own, rider.id)).filter(({ event }) => event === 'RideStateChanged');
    expect(told).toHaveLength(5);
  } finally {
    await Promise.all(['ordering', 'billing'].map((name) => world.mesh.startService(name)));
  }
});

test('TAXI-4 MESH-8 rides, payments and drivers are nobody else’s', async () => {
  const rider = await newRider(operator);
  const { ride } = await boardedRide(operator, rider.id, offering);
  const stranger = await newRider(operator);
  const other = await newDriver(operator, newTown()());
  const asStranger = new Api({ gatewayUrl: world.gatewayUrl, token: await world.token('customer', stranger.id) });
  const asDriver = new Api({ gatewayUrl: world.gatewayUrl, token: await world.token('driver', other.id) });
  for (const api of [asStranger, asDriver]) {
    await expect(rideOf(api, ride.id)).rejects.toMatchObject({ status: 404, reason: 'RIDE_NOT_FOUND' });
    expect(await api.list('/v1/rides', 'rides')).toEqual([]);
  }
  await expect(act(asStranger, ride, 'cancel')).rejects.toMatchObject({ reason: 'RIDE_NOT_FOUND' });
  await expect(act(asStranger, ride, 'end')).rejects.toMatchObject({ reason: 'ACCESS_DENIED' });
  await expect(act(asDriver, ride, 'end')).rejects.toMatchObject({ reason: 'RIDE_NOT_FOUND' });
  expect(await asStranger.list('/v1/payments', 'payments')).toEqual([]);
  await expect(asDriver.get(`/v1/drivers/${ride.driverId}`)).rejects.toMatchObject({ reason: 'DRIVER_NOT_FOUND' });
  // What the rider may know of the driver is what it takes to find the car.
  const seen = JSON.stringify(await rideOf(await world.customer(rider.id), ride.id));
  expect(seen).not.toContain('phone');
});

test('TAXI-3 within a real minute a request that nobody takes is answered: cancelled by the system, and told to try again', {
  timeout: 120_000,
}, async () => {
  const answered = await untilRide(operator, lonely.id, { state: 'RIDE_STATE_CANCELLED' }, 70_000);
  expect(answered).toMatchObject({ cancelledBy: 'RIDE_CANCELLER_SYSTEM', stateReason: 'NO_DRIVER_AVAILABLE' });
  const waited = Date.parse(answered.history.at(-1)?.time ?? '') - Date.parse(answered.createTime);
  expect(waited).toBeLessThanOrEqual(60_000);
  await until('the rider to be told to try again', 20_000, async () => {
    const [message] = await operator.list<Message>(`/v1/messages?customerId=${lonely.customerId}`, 'messages');
    return message?.body.includes('try again') || undefined;
  });
});
