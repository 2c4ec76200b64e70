import { setTimeout as sleep } from 'node:timers/promises';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { DriverState } from '#proto/ordering/v1/driver';
import { type Ride, RideState } from '#proto/ordering/v1/ride';
import { RideService } from '#proto/ordering/v1/ride_service';
import { Child, until } from '#test/conformance/child';
import { City } from '../testing/city.ts';
import { drive } from '../testing/evening.ts';
import { live } from '../testing/live.ts';

const program = new URL('../testing/dispatcher.child.ts', import.meta.url).href;
const settings = { RIDE_DISPATCH_LIMIT_MS: '8000', RIDE_OFFER_LIMIT_MS: '200', RIDE_SCARCITY_RIDES: '0' };

/** Where rides and drivers disagree, in one snapshot: a driver with another ride than theirs, or with two. */
const disagreements = `
  select drivers.id from drivers
  left join rides on rides.driver_id = drivers.id and rides.state in ('OFFERED', 'DISPATCHED', 'IN_PROGRESS')
  group by drivers.id
  having count(rides.id) > 1 or max(rides.id) is distinct from max(drivers.ride_id)
    or (count(rides.id) > 0) <> (max(drivers.state) in ('OFFERED', 'ENGAGED'))`;

/** When drivers were asked for, or drove, which ride, by the rides' histories. */
function engagements(rides: Ride[]) {
  const found: { driver: string; from: number; to: number }[] = [];
  for (const { history } of rides) {
    history.forEach(({ state, driverId, time }, index) => {
      if (state !== RideState.OFFERED || !time) return;
      const end = history
        .slice(index + 1)
        .find((later) => later.state !== RideState.DISPATCHED && later.state !== RideState.IN_PROGRESS);
      const to = end?.time ? timestampDate(end.time).getTime() : Number.POSITIVE_INFINITY;
      found.push({ driver: driverId, from: timestampDate(time).getTime(), to });
    });
  }
  return Map.groupBy(found, ({ driver }) => driver);
}

test('TAXI-2 TAXI-3 many rides, few drivers, three processes that dispatch: nobody is asked twice at a time, everybody is answered', async () => {
  await using city = await City.open(settings);
  live(city.counter);
  const offering = await city.offering();
  const drivers = await Promise.all(Array.from({ length: 7 }, (_, index) => city.driver(index)));
  const environment = { DATABASE_URL: city.counter.database.url, SETTINGS: JSON.stringify(settings) };
  await using stack = new AsyncDisposableStack();
  const children = [1, 2, 3].map(() => stack.use(new Child(program, environment)));
  await until(() => children.every(({ output }) => output.includes('ready')), 'the dispatchers are up');

  const over = new AbortController();
  let seed = 42;
  const dice = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  const evening = drivers.map((driver) => drive(city, driver, dice, over.signal));
  const watching = (async () => {
    while (!over.signal.aborted) {
      const { rows } = await city.counter.database.query(disagreements);
      expect(rows).toEqual([]);
      await sleep(10);
    }
  })();
  const riders = await Promise.all(Array.from({ length: 10 }, () => city.counter.newCustomer()));
  for (let count = 0; count < 60; count++) {
    await city.request(offering, { customerId: riders[count % riders.length] ?? '' });
  }
  const all = async () => (await city.counter.call(RideService, 'listRides', { pageSize: 1000 })).rides;
  const isOver = ({ state }: Ride) => state === RideState.ENDED || state === RideState.CANCELLED;
  try {
    await Promise.race([
      until(async () => (await all()).every(isOver), 'every ride is over', 45_000),
      Promise.all([...evening, watching]),
    ]);
  } finally {
    over.abort();
    await Promise.allSettled([...evening, watching]);
  }
  await Promise.all([...evening, watching]);

  const rides = await all();
  expect(rides).toHaveLength(60);
  for (const ride of rides) {
    const dispatched = ride.history.filter(({ state }) => state === RideState.DISPATCHED);
    expect(dispatched.length).toBeLessThanOrEqual(1);
    for (const { time } of dispatched) {
      expect(time && timestampDate(time).getTime()).toBeLessThan(
        Number(ride.answerTime && timestampDate(ride.answerTime)),
      );
    }
    const asked = ride.history.flatMap(({ state, driverId }) => (state === RideState.OFFERED ? [driverId] : []));
    expect(new Set(asked).size).toBe(asked.length);
  }
  expect(rides.filter(({ state }) => state === RideState.ENDED).length).toBeGreaterThan(0);
  for (const own of engagements(rides).values()) {
    own.sort((a, b) => a.from - b.from || a.to - b.to);
    for (const [index, { from }] of own.slice(1).entries()) expect(from).toBeGreaterThanOrEqual(own[index]?.to ?? 0);
  }
  for (const driver of drivers) {
    expect([DriverState.FREE, DriverState.OFFLINE]).toContain((await city.driverOf(driver)).state);
  }
  const ended = rides.filter(({ state }) => state === RideState.ENDED);
  expect(city.cashier.takings).toBe(14_300n * BigInt(ended.length));
  for (const { output } of children) expect(output.trim()).toBe('ready');
}, 120_000);
