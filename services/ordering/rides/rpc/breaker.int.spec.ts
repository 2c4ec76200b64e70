import { expect, test } from 'vitest';
import { RideState } from '#proto/ordering/v1/ride';
import { Fault } from '#shared/errors/fault';
import { until } from '#test/conformance/child';
import { City } from '../testing/city.ts';

/** How long the fastest of some refusals took, in milliseconds: what the code needs, whatever else the machine does. */
async function fastest(attempts: number, refuse: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; count < attempts; count++) {
    const start = performance.now();
    const error = await refuse().then(
      () => undefined,
      (cause) => cause,
    );
    if (error instanceof Fault && error.reason === 'CIRCUIT_OPEN') {
      expect(error.code).toBe(14);
      expect(error.retryAfterMs).toBeGreaterThan(0);
      least = Math.min(least, performance.now() - start);
    }
  }
  return least;
}

test('TAXI-4 billing is away: the breaker opens, answers within 50 ms, and recovers by itself', async () => {
  await using city = await City.open();
  const { ride } = await city.underWay();
  let away = true;
  city.cashier.mishap = () => (away ? 'before' : undefined);
  for (let count = 0; count < 2; count++) {
    await expect(city.end(ride.id)).rejects.toMatchObject({ code: 14 });
  }
  const asked = city.cashier.charges.length;
  const least = await fastest(20, () => city.end(ride.id));
  console.info(`:end with the breaker open: ${least.toFixed(1)} ms at its fastest`);
  expect(least).toBeLessThan(50);
  // One attempt a second is let through, and twenty refusals take less than some of those.
  expect(city.cashier.charges.length - asked).toBeLessThan(20);
  expect((await city.ride(ride.id)).state).toBe(RideState.IN_PROGRESS);
  away = false;
  await until(
    () =>
      city.end(ride.id).then(
        () => true,
        () => false,
      ),
    'the breaker lets an attempt through',
  );
  expect(await city.ride(ride.id)).toMatchObject({ state: RideState.ENDED, fare: { amount: '14300' } });
  expect([...city.cashier.payments.keys()]).toEqual([`ride-${ride.id}-1`]);
});

test('TAXI-4 callers that hardly wait do not open the breaker for everybody else', async () => {
  await using city = await City.open();
  const { ride } = await city.underWay();
  const answer = Promise.withResolvers<void>();
  city.cashier.meanwhile = () => answer.promise;
  for (let count = 0; count < 6; count++) {
    const hurried = city.end(ride.id, { deadline: new Date(Date.now() + 100) });
    await expect(hurried).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
  }
  answer.resolve();
  expect(await city.end(ride.id)).toMatchObject({ state: RideState.ENDED, fare: { amount: '14300' } });
  expect([...city.cashier.payments.keys()]).toEqual([`ride-${ride.id}-1`]);
});

test('TAXI-4 billing’s own breaker is open: that is an answer, handed on at once, and not asked for again', async () => {
  await using city = await City.open();
  const { ride } = await city.underWay();
  city.cashier.mishap = () => 'open';
  const least = await fastest(10, () => city.end(ride.id));
  console.info(`:end with the breaker behind billing open: ${least.toFixed(1)} ms at its fastest`);
  expect(least).toBeLessThan(50);
  expect(city.cashier.charges).toHaveLength(10);
  await expect(city.end(ride.id)).rejects.toMatchObject({ reason: 'CIRCUIT_OPEN', retryAfterMs: 4_000 });
  city.cashier.mishap = () => undefined;
  expect(await city.end(ride.id)).toMatchObject({ state: RideState.ENDED });
});
