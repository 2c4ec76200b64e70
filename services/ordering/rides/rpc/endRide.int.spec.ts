import { expect, test } from 'vitest';
import { PaymentCapturedSchema, PaymentFailedSchema } from '#proto/billing/v1/events';
import { PaymentState } from '#proto/billing/v1/payment';
import { DriverState } from '#proto/ordering/v1/driver';
import { RideStateChangedSchema } from '#proto/ordering/v1/events';
import { RideState } from '#proto/ordering/v1/ride';
import { asDriver, City } from '../testing/city.ts';

// 3000 + 8 × 1000 + 20 × 100, and a tenth of it tax.
const fare = { currency: 'KRW', amount: '14300' };

test('TAXI-4 drop-off: the fare is quoted from boarding on, charged once, and the ride has ended', async () => {
  await using city = await City.open();
  const { ride, driver } = await city.underWay();
  const boarded = city.counter.now;
  city.wait(1_200);
  city.counter.caller = asDriver(driver);
  const ended = await city.end(ride.id);
  const [payment] = [...city.cashier.payments.values()];
  expect(ended).toMatchObject({
    state: RideState.ENDED,
    fare,
    distanceMeters: 8_000n,
    durationSeconds: 1_200n,
    paymentId: payment?.id,
    driverId: driver,
  });
  expect(city.cashier.quotes).toEqual([
    [
      { metric: 'events', quantity: '1', startTime: boarded },
      { metric: 'meters', quantity: '8000', startTime: boarded },
      { metric: 'seconds', quantity: '1200', startTime: boarded },
    ],
  ]);
  expect(payment).toMatchObject({
    key: `ride-${ride.id}-1`,
    customerId: ride.customerId,
    amount: { minor: 14_300n },
    tax: { minor: 1_300n },
  });
  expect(await city.driverOf(driver)).toMatchObject({ state: DriverState.FREE, rideId: '' });
  expect((await city.counter.events(RideStateChangedSchema)).at(-1)).toMatchObject({
    ride: ended,
    previousState: RideState.IN_PROGRESS,
    releasedDriverId: '',
  });
  await expect(city.end(ride.id)).rejects.toMatchObject({
    reason: 'RIDE_STATE_FORBIDS',
    metadata: { state: 'ENDED' },
  });
  expect(city.cashier.takings).toBe(14_300n);
});

test('TAXI-4 declined: the ride goes on, and the next drop-off is another attempt', async () => {
  await using city = await City.open();
  const { ride, driver } = await city.underWay();
  city.cashier.mishap = () => 'decline';
  await expect(city.end(ride.id)).rejects.toMatchObject({
    reason: 'PAYMENT_DECLINED',
    metadata: { decline_code: 'do_not_honor' },
  });
  expect((await city.ride(ride.id)).state).toBe(RideState.IN_PROGRESS);
  expect(await city.driverOf(driver)).toMatchObject({ state: DriverState.ENGAGED, rideId: ride.id });
  city.cashier.mishap = () => undefined;
  // Other numbers are fine: nothing is open.
  const ended = await city.end(ride.id, { meters: 9_000n });
  expect(ended).toMatchObject({ state: RideState.ENDED, fare: { amount: '15400' } });
  expect(city.cashier.charges).toEqual([`ride-${ride.id}-1`, `ride-${ride.id}-2`]);
  expect(city.cashier.takings).toBe(15_400n);
});

test('TAXI-4 the answer is lost: the same call finds the payment, other numbers have to wait', async () => {
  await using city = await City.open();
  const { ride } = await city.underWay();
  city.cashier.mishap = () => 'after';
  await expect(city.end(ride.id)).rejects.toMatchObject({ reason: 'DEPENDENCY_UNAVAILABLE' });
  expect((await city.ride(ride.id)).state).toBe(RideState.IN_PROGRESS);
  await expect(city.end(ride.id, { meters: 7_999n })).rejects.toMatchObject({
    reason: 'RIDE_PAYMENT_UNCERTAIN',
    metadata: { distance_meters: '8000', duration_seconds: '1200' },
  });
  city.cashier.mishap = () => undefined;
  // The fare stands, whatever the tariff says by now.
  city.cashier.price = () => 99_000n;
  expect(await city.end(ride.id)).toMatchObject({ state: RideState.ENDED, fare });
  expect(new Set(city.cashier.charges)).toEqual(new Set([`ride-${ride.id}-1`]));
  expect(city.cashier.takings).toBe(14_300n);
});

test('TAXI-4 a ride does not end for nothing while it is not known whether it was paid for', async () => {
  await using city = await City.open();
  const { ride } = await city.underWay();
  const { cashier } = city;
  const end = () => city.end(ride.id, { meters: 0n });
  // Free by the tariff that the first call is told; before it ends the ride, the offering gets another, and the driver asks again.
  cashier.price = () => 0n;
  cashier.afterQuote = async () => {
    cashier.afterQuote = async () => {};
    cashier.price = () => 10_000n;
    cashier.mishap = () => 'after';
    await expect(end()).rejects.toMatchObject({ reason: 'DEPENDENCY_UNAVAILABLE' });
    cashier.mishap = () => undefined;
  };
  await expect(end()).rejects.toMatchObject({ reason: 'RIDE_PAYMENT_UNCERTAIN' });
  expect(await end()).toMatchObject({ state: RideState.ENDED, fare: { amount: '11000' } });
  expect(cashier.takings).toBe(11_000n);
});

test('TAXI-4 the answer is lost and nobody asks again: the event ends the ride, also said twice', async () => {
  await using city = await City.open();
  const { ride, driver } = await city.underWay();
  city.cashier.mishap = () => 'after';
  await expect(city.end(ride.id, { idempotencyKey: 'drop-off' })).rejects.toMatchObject({
    reason: 'DEPENDENCY_UNAVAILABLE',
  });
  const key = `ride-${ride.id}-1`;
  const payment = { id: 'p1', key, customerId: ride.customerId, state: PaymentState.CAPTURED };
  await city.counter.handle(PaymentCapturedSchema, { payment: { ...payment, key: 'somebody-elses' } });
  expect((await city.ride(ride.id)).state).toBe(RideState.IN_PROGRESS);
  await city.counter.handle(PaymentCapturedSchema, { payment });
  await city.counter.handle(PaymentCapturedSchema, { payment });
  const ended = await city.ride(ride.id);
  expect(ended).toMatchObject({ state: RideState.ENDED, fare, paymentId: 'p1', distanceMeters: 8_000n });
  expect(ended.history.filter(({ state }) => state === RideState.ENDED)).toHaveLength(1);
  expect(await city.driverOf(driver)).toMatchObject({ state: DriverState.FREE });
  // The repeat of that very call is answered with what came of it; a call with other numbers is another one.
  expect(await city.end(ride.id, { idempotencyKey: 'drop-off' })).toEqual(ended);
  await expect(city.end(ride.id, { idempotencyKey: 'other', meters: 1n })).rejects.toMatchObject({
    reason: 'RIDE_STATE_FORBIDS',
  });
});

test('TAXI-4 rating is away as well: no price, no attempt, and the ride goes on', async () => {
  await using city = await City.open();
  const { ride } = await city.underWay();
  city.cashier[Symbol.dispose]();
  await expect(city.end(ride.id)).rejects.toMatchObject({ code: 14 });
  expect((await city.ride(ride.id)).state).toBe(RideState.IN_PROGRESS);
  const { rows } = await city.counter.database.query('select from ride_payments');
  expect(rows).toEqual([]);
});

test('TAXI-4 the event says it failed: the next drop-off is another attempt', async () => {
  await using city = await City.open();
  const { ride } = await city.underWay();
  city.cashier.mishap = () => 'before';
  await expect(city.end(ride.id)).rejects.toMatchObject({ reason: 'DEPENDENCY_UNAVAILABLE' });
  const payment = { id: 'p1', key: `ride-${ride.id}-1`, stateReason: 'PAYMENT_DECLINED', state: PaymentState.FAILED };
  await city.counter.handle(PaymentFailedSchema, { payment });
  city.cashier.mishap = () => undefined;
  expect(await city.end(ride.id, { meters: 9_000n })).toMatchObject({ state: RideState.ENDED });
  expect([...city.cashier.payments.keys()]).toEqual([`ride-${ride.id}-2`]);
  // Against its own word: parked, for somebody to look at, and nothing is paid twice.
  const against = city.counter.handle(PaymentCapturedSchema, { payment: { ...payment, state: PaymentState.CAPTURED } });
  await expect(against).rejects.toThrow('captured after it had failed');
});

test('TAXI-4 the event is faster than the answer, and two calls meet: one end, one charge, one answer', async () => {
  await using city = await City.open();
  const { ride } = await city.underWay();
  const key = `ride-${ride.id}-1`;
  city.cashier.meanwhile = async () => {
    const { id = '' } = city.cashier.payments.get(key) ?? {};
    await city.counter.handle(PaymentCapturedSchema, { payment: { id, key } });
  };
  const both = await Promise.allSettled([city.end(ride.id), city.end(ride.id)]);
  const answers = both.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const refused = both.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  expect(answers.length).toBeGreaterThanOrEqual(1);
  for (const answer of answers) expect(answer).toEqual(await city.ride(ride.id));
  for (const error of refused)
    expect(error).toMatchObject({ reason: 'RIDE_STATE_FORBIDS', metadata: { state: 'ENDED' } });
  expect(city.cashier.takings).toBe(14_300n);
  const ends = (await city.counter.events(RideStateChangedSchema)).filter(
    ({ ride: seen }) => seen?.state === RideState.ENDED,
  );
  expect(ends).toHaveLength(1);
});

test('TAXI-4 the same Idempotency-Key is the same answer, and a fare of nothing is not charged', async () => {
  await using city = await City.open();
  const { ride } = await city.underWay();
  city.cashier.price = () => 0n;
  const idempotencyKey = 'drop-off';
  const ended = await city.end(ride.id, { idempotencyKey, meters: 0n, seconds: 0n });
  expect(ended).toMatchObject({ state: RideState.ENDED, fare: { amount: '0' }, paymentId: '' });
  expect(await city.end(ride.id, { idempotencyKey, meters: 0n, seconds: 0n })).toEqual(ended);
  await expect(city.end(ride.id, { idempotencyKey, meters: 5n })).rejects.toMatchObject({
    reason: 'IDEMPOTENCY_KEY_REUSED',
  });
  expect(city.cashier.charges).toEqual([]);
});

test('TAXI-4 a tariff for something else, a price beyond bounds and a stale etag are refused, and nothing is charged', async () => {
  await using city = await City.open();
  const { ride } = await city.underWay();
  city.cashier.price = () => 0n;
  await expect(city.end(ride.id)).rejects.toMatchObject({ reason: 'TARIFF_INVALID' });
  city.cashier.price = () => 10n ** 18n;
  await expect(city.end(ride.id)).rejects.toMatchObject({
    reason: 'INVALID_REQUEST',
    violations: [{ field: 'distance_meters' }],
  });
  await expect(city.end(ride.id, { ifMatch: '1' })).rejects.toMatchObject({ reason: 'ETAG_MISMATCH' });
  expect(city.cashier.charges).toEqual([]);
  expect((await city.ride(ride.id)).state).toBe(RideState.IN_PROGRESS);
});
