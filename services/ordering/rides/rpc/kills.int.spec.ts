import { expect, test } from 'vitest';
import { PaymentCapturedSchema } from '#proto/billing/v1/events';
import { DriverState } from '#proto/ordering/v1/driver';
import { RideState } from '#proto/ordering/v1/ride';
import { Child } from '#test/conformance/child';
import { City } from '../testing/city.ts';

const program = new URL('../testing/dropOff.child.ts', import.meta.url).href;

const byRepeat = (city: City, ride: string) => city.end(ride, { idempotencyKey: 'drop-off' });
const byAnother = (city: City, ride: string) => city.end(ride);
const byEvent = async (city: City, ride: string) => {
  const [payment] = [...city.cashier.payments.values()];
  const { id = '', key = '' } = payment ?? {};
  await city.counter.handle(PaymentCapturedSchema, { payment: { id, key } });
  return city.ride(ride);
};

test.each([
  ['ride.before-charge', 'the repeat of the call', byRepeat, 0],
  ['ride.before-charge', 'another call', byAnother, 0],
  ['ride.after-charge', 'the repeat of the call', byRepeat, 1],
  ['ride.after-charge', 'another call', byAnother, 1],
  ['ride.after-charge', 'the event', byEvent, 1],
  ['outbox.before-commit', 'the repeat of the call', byRepeat, 1],
  ['outbox.before-commit', 'the event', byEvent, 1],
] as const)(
  'TAXI-4 killed at %s: %s ends the ride, and it is paid once',
  async (JANGBU_KILL_AT, _what, finish, paid) => {
    await using city = await City.open();
    const { ride, driver } = await city.underWay();
    {
      await using killed = new Child(program, {
        DATABASE_URL: city.counter.database.url,
        CASHIER: city.cashier.address,
        RIDE: ride.id,
        JANGBU_KILL_AT,
      });
      await killed.untilKilled();
    }
    expect(city.cashier.payments.size).toBe(paid);
    expect((await city.ride(ride.id)).state).toBe(RideState.IN_PROGRESS);
    await expect(city.end(ride.id, { meters: 1n })).rejects.toMatchObject({ reason: 'RIDE_PAYMENT_UNCERTAIN' });
    const ended = await finish(city, ride.id);
    expect(ended).toMatchObject({ state: RideState.ENDED, fare: { amount: '14300' } });
    expect([...city.cashier.payments.keys()]).toEqual([`ride-${ride.id}-1`]);
    expect(await city.driverOf(driver)).toMatchObject({ state: DriverState.FREE, rideId: '' });
  },
);
