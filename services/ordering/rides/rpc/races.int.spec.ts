import { expect, test } from 'vitest';
import { DriverState } from '#proto/ordering/v1/driver';
import { RideStateChangedSchema } from '#proto/ordering/v1/events';
import { RideCanceller, RideState } from '#proto/ordering/v1/ride';
import { City } from '../testing/city.ts';

test('TAXI-5 cancelled at every stage until boarding: the driver is free at once, and told', async () => {
  await using city = await City.open();
  const offering = await city.offering();
  const driver = await city.driver(1);
  const stages: [number, (ride: string) => Promise<unknown>][] = [
    [RideState.OFFERED, async () => undefined],
    [RideState.DISPATCHED, (ride) => city.accept(ride, driver)],
  ];
  for (const [state, reach] of stages) {
    const { id } = await city.request(offering);
    await city.dispatch();
    await reach(id);
    expect((await city.ride(id)).state).toBe(state);
    const cancelled = await city.cancel(id);
    expect(cancelled).toMatchObject({
      state: RideState.CANCELLED,
      cancelledBy: RideCanceller.CUSTOMER,
      stateReason: '',
    });
    expect(await city.driverOf(driver)).toMatchObject({ state: DriverState.FREE, rideId: '' });
    expect((await city.counter.events(RideStateChangedSchema)).at(-1)).toMatchObject({ releasedDriverId: driver });
    const forbidden = { reason: 'RIDE_STATE_FORBIDS', metadata: { state: 'CANCELLED', cancelled_by: 'CUSTOMER' } };
    await expect(city.accept(id, driver)).rejects.toMatchObject(forbidden);
    await expect(city.cancel(id)).rejects.toMatchObject(forbidden);
    await expect(city.board(id)).rejects.toMatchObject(forbidden);
  }
  const { id } = await city.request(offering);
  await city.dispatch();
  await city.accept(id);
  await city.board(id);
  await expect(city.cancel(id)).rejects.toMatchObject({
    reason: 'RIDE_STATE_FORBIDS',
    metadata: { state: 'IN_PROGRESS' },
  });
});

/** Both at once, in one order and the other; exactly one wins. */
async function race(rounds: number, begin: (city: City, round: number) => Promise<Contest>): Promise<void> {
  await using city = await City.open();
  for (let round = 0; round < rounds; round++) {
    const { runners, check } = await begin(city, round);
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    const outcomes: PromiseSettledResult<unknown>[] = [];
    await Promise.all(
      order.map(async (index) => {
        const [outcome] = await Promise.allSettled([runners[index]?.()]);
        if (outcome) outcomes[index] = outcome;
      }),
    );
    const winners = [0, 1].filter((index) => outcomes[index]?.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    const winner = winners[0] ?? 0;
    const loser = outcomes[1 - winner];
    await check(winner, loser?.status === 'rejected' ? loser.reason : undefined);
  }
}

interface Contest {
  runners: (() => Promise<unknown>)[];
  check: (winner: number, why: unknown) => Promise<void>;
}

test('TAXI-5 board and cancel at once: exactly one wins, and the loser reads why', async () => {
  await race(20, async (city) => {
    const driver = await city.driver(1);
    const { id } = await city.request(await city.offering());
    await city.dispatch();
    await city.accept(id);
    return {
      runners: [() => city.cancel(id), () => city.board(id)],
      check: async (winner, why) => {
        const state = winner === 0 ? 'CANCELLED' : 'IN_PROGRESS';
        expect(why).toMatchObject({ reason: 'RIDE_STATE_FORBIDS', metadata: { state } });
        expect((await city.ride(id)).state).toBe(RideState[state]);
        expect((await city.driverOf(driver)).state).toBe(winner === 0 ? DriverState.FREE : DriverState.ENGAGED);
        if (winner === 0) await city.offline(driver);
        else await city.end(id).then(() => city.offline(driver));
      },
    };
  });
});

test('TAXI-5 accept and cancel at once: cancelled in the end, accepted before or not at all', async () => {
  await using city = await City.open();
  for (let round = 0; round < 20; round++) {
    const driver = await city.driver(1);
    const { id } = await city.request(await city.offering());
    await city.dispatch();
    const accept = () => city.accept(id, driver);
    const cancel = () => city.cancel(id);
    const runs = round % 2 === 0 ? [accept(), cancel()] : [cancel(), accept()];
    const [first, second] = await Promise.allSettled(runs);
    const [accepted, cancelled] = round % 2 === 0 ? [first, second] : [second, first];
    // A dispatched ride may be cancelled, so the cancellation always comes through.
    expect(cancelled?.status).toBe('fulfilled');
    if (accepted?.status === 'rejected') {
      expect(accepted.reason).toMatchObject({ reason: 'RIDE_STATE_FORBIDS', metadata: { state: 'CANCELLED' } });
    }
    const ride = await city.ride(id);
    expect(ride.state).toBe(RideState.CANCELLED);
    expect(ride.history.some(({ state }) => state === RideState.DISPATCHED)).toBe(accepted?.status === 'fulfilled');
    expect(await city.driverOf(driver)).toMatchObject({ state: DriverState.FREE, rideId: '' });
    await city.offline(driver);
  }
});

test('TAXI-2 accept and going offline at once: exactly one wins', async () => {
  await race(20, async (city) => {
    const driver = await city.driver(1);
    const { id } = await city.request(await city.offering());
    await city.dispatch();
    return {
      runners: [() => city.accept(id, driver), () => city.offline(driver)],
      check: async (winner, why) => {
        expect(why).toMatchObject({ reason: winner === 0 ? 'DRIVER_STATE_FORBIDS' : 'RIDE_NOT_OFFERED' });
        if (winner === 0) await city.cancel(id).then(() => city.offline(driver));
        else await city.cancel(id);
      },
    };
  });
});
