import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { Api } from '../../deploy/local/sample/api.ts';
import { inParallel, until } from '../../deploy/local/sample/until.ts';
import { request } from './http.ts';
import { act, boardedRide, driverOf, newRider, newRides, paymentsOf, type Ride, rideOf, untilRide } from './rides.ts';
import { theWorld, type World } from './world.ts';

let world: World;
let operator: Api;
let offering: string;
/** An operator's client that repeats nothing. */
let once: Api;

beforeAll(async () => {
  world = theWorld();
  operator = world.operator;
  once = new Api({ gatewayUrl: world.gatewayUrl, token: () => world.token('operator'), patienceMs: 0 });
  offering = await newRides(operator);
});

describe('TAXI-4 drop-off', () => {
  test('TAXI-4 the fare is rated, paid and owed to nobody; the driver is free again', async () => {
    const rider = await newRider(operator);
    const { ride, driver } = await boardedRide(operator, rider.id, offering);
    expect(ride).toMatchObject({ state: 'RIDE_STATE_IN_PROGRESS' });
    const ended = await act(operator, ride, 'end', { distanceMeters: 5_200, durationSeconds: 840 });
    // 3,000 + 5,200 + 840, and a tenth of it as tax.
    expect(ended).toMatchObject({
      state: 'RIDE_STATE_ENDED',
      fare: { currency: 'KRW', amount: '9944' },
      distanceMeters: '5200',
    });
    expect(await paymentsOf(operator, rider.id)).toMatchObject([
      { id: ended.paymentId, state: 'PAYMENT_STATE_CAPTURED', amount: { amount: '9944' } },
    ]);
    expect(await driverOf(operator, driver.id)).toMatchObject({ state: 'DRIVER_STATE_FREE', rideId: '' });
    const accounts = await operator.list<{ balance: { amount: string } }>(
      `/v1/accounts?customerId=${rider.id}`,
      'accounts',
    );
    expect(accounts.map(({ balance }) => balance.amount)).toEqual(['0']);
    const short = await boardedRide(operator, rider.id, offering);
    expect(await act(operator, short.ride, 'end', { distanceMeters: 100, durationSeconds: 60 })).toMatchObject({
      fare: { amount: '4400' },
    });
    await expect(act(once, ended, 'end', { distanceMeters: 1 })).rejects.toMatchObject({
      reason: 'RIDE_STATE_FORBIDS',
    });
  });

  test('TAXI-4 a declined card: the ride goes on, nothing is paid; with another card it ends', async () => {
    const rider = await newRider(operator, 'tok_declined');
    const { ride } = await boardedRide(operator, rider.id, offering);
    const end = { distanceMeters: 2_000, durationSeconds: 300 };
    await expect(act(once, ride, 'end', end)).rejects.toMatchObject({ status: 400, reason: 'PAYMENT_DECLINED' });
    expect(await rideOf(operator, ride.id)).toMatchObject({ state: 'RIDE_STATE_IN_PROGRESS' });
    await operator.post('/v1/paymentMethods', { customerId: rider.id, token: 'tok_visa' }, randomUUID());
    expect(await act(operator, ride, 'end', end)).toMatchObject({ state: 'RIDE_STATE_ENDED' });
    expect((await paymentsOf(operator, rider.id)).map(({ state }) => state)).toEqual([
      'PAYMENT_STATE_CAPTURED',
      'PAYMENT_STATE_FAILED',
    ]);
  });

  test('TAXI-4 while billing is stopped the ride does not end; once it is back, it does', async () => {
    const rider = await newRider(operator);
    const { ride } = await boardedRide(operator, rider.id, offering);
    const end = { distanceMeters: 2_000, durationSeconds: 300 };
    await world.mesh.stopService('billing');
    try {
      await expect(act(once, ride, 'end', end)).rejects.toMatchObject({ status: 503 });
      expect(await rideOf(operator, ride.id)).toMatchObject({ state: 'RIDE_STATE_IN_PROGRESS' });
    } finally {
      await world.mesh.startService('billing');
    }
    expect(await act(operator, ride, 'end', end)).toMatchObject({ state: 'RIDE_STATE_ENDED' });
    expect(await paymentsOf(operator, rider.id)).toHaveLength(1);
  });

  test('TAXI-4 an answer that is lost after the capture: found by its key, and charged once', async () => {
    const rider = await newRider(operator);
    const { ride } = await boardedRide(operator, rider.id, offering);
    const end = { distanceMeters: 2_000, durationSeconds: 300 };
    await world.provider({ mode: 'lose' });
    try {
      await act(once, ride, 'end', end).catch(() => undefined);
    } finally {
      await world.provider({ mode: 'ok' });
    }
    // Also without another call: billing asks the provider, and its event ends the ride.
    expect(await untilRide(operator, ride.id, { state: 'RIDE_STATE_ENDED' }, 30_000)).toMatchObject({
      fare: { amount: '5830' },
    });
    expect(await paymentsOf(operator, rider.id)).toMatchObject([
      { state: 'PAYMENT_STATE_CAPTURED', amount: { amount: '5830' } },
    ]);
    expect(await world.chargesOf(await paymentsOf(operator, rider.id))).toEqual(['5830']);
  });

  test('TAXI-4 the breaker opens under repeated failure, answers at once with a time to try again, and recovers by itself', async () => {
    const rider = await newRider(operator);
    const { ride } = await boardedRide(operator, rider.id, offering);
    const end = { distanceMeters: 2_000, durationSeconds: 300 };
    const token = await world.token('operator');
    const tryToEnd = () =>
      request(`${world.gatewayUrl}/v1/rides/${ride.id}:end`, { method: 'POST', token, body: JSON.stringify(end) });
    await world.provider({ mode: 'fail' });
    try {
      const refused = await until('the breaker to open', 30_000, async () => {
        const answer = await tryToEnd();
        expect(answer.status).toBe(503);
        return answer.reason === 'CIRCUIT_OPEN' ? answer : undefined;
      });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await rideOf(operator, ride.id)).toMatchObject({ state: 'RIDE_STATE_IN_PROGRESS' });
      await until('health to say that it is open', 10_000, async () =>
        (await world.circuit('billing', 'payment-provider')) === 'NOT_SERVING' ? true : undefined,
      );
      await until('the metric to say that it is open', 30_000, async () =>
        (await world.metricOf('jangbu.circuit_breaker.state', 'payment-provider'))?.value === 2 ? true : undefined,
      );
    } finally {
      await world.provider({ mode: 'ok' });
    }
    const ended = await until('the breaker to close and the ride to end', 30_000, async () => {
      const answer = await tryToEnd();
      return answer.status === 200 ? (JSON.parse(answer.text) as Ride) : undefined;
    });
    expect(ended).toMatchObject({ state: 'RIDE_STATE_ENDED' });
    expect(await world.chargesOf(await paymentsOf(operator, rider.id))).toEqual(['5830']);
    await until('health to say that it is closed', 10_000, async () =>
      (await world.circuit('billing', 'payment-provider')) === 'SERVING' ? true : undefined,
    );
  });

  test('TAXI-4 ordering is killed in the middle of drop-offs: every ride ends, and each is paid once', async () => {
    const riders = await inParallel(Array.from({ length: 6 }), 3, () => newRider(operator));
    const boarded = await inParallel(riders, 3, ({ id }) => boardedRide(operator, id, offering));
    const end = { distanceMeters: 2_000, durationSeconds: 300 };
    // A client repeats its call under the same key until it is answered.
    const answers = Promise.all(boarded.map(({ ride }) => act(operator, ride, 'end', end)));
    await until(
      'a payment to have begun',
      20_000,
      async () =>
        (await inParallel(riders, 6, ({ id }) => paymentsOf(operator, id))).some(({ length }) => length > 0) ||
        undefined,
    );
    await world.mesh.kill('ordering', 'SIGKILL');
    for (const ride of await answers)
      expect(ride).toMatchObject({ state: 'RIDE_STATE_ENDED', fare: { amount: '5830' } });
    for (const { id } of riders) {
      expect(await world.chargesOf(await paymentsOf(operator, id))).toEqual(['5830']);
    }
  });
});
