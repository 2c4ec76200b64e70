import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Random } from '../../deploy/local/sample/random.ts';
import { loadTaxi, TAXI } from '../../deploy/local/sample/taxi.ts';
import { readBooks } from '../../deploy/local/simulate/books.ts';
import { hire, sendHome } from '../../deploy/local/simulate/cast.ts';
import { CityEvening } from '../../deploy/local/simulate/evening.ts';
import { theWorld } from '../journeys/world.ts';

const seed = Number(process.env.CHAOS_SEED ?? '20261101');
const victims = ['ordering', 'billing', 'rating', 'payments', 'mypage', 'gateway', 'postgres', 'nats'];

test.each([0, 1])(
  'evening %i: killed eight times, every ride ends, each fare is paid once',
  async (turn) => {
    const world = theWorld();
    const api = world.operator;
    const random = new Random(seed + turn);
    const stage = { api, random, key: (what: string) => `chaos-${seed}-${turn}-${what}` };
    await loadTaxi(api);
    const cast = await hire(stage, 20, 10);
    const plan = { business: TAXI.business, offeringId: TAXI.id, riders: cast.riders, rides: 60, meanGapMs: 500 };
    const evening = new CityEvening({
      ...stage,
      ...plan,
      signal: AbortSignal.timeout(100_000),
      report: () => {},
    }).play();
    evening.catch(() => {
      // Awaited below; until then the kills go on.
    });
    for (let struck = 0; struck < 8; struck++) {
      await sleep(300 + random.below(2_000));
      const victim = random.pick(victims);
      await world.mesh.kill(victim, 'SIGKILL');
      await world.mesh.untilReady(victim);
    }
    const played = await evening;
    const states = [...played.rides.values()].map(({ state }) => state);
    expect(states.filter((state) => state !== 'RIDE_STATE_ENDED' && state !== 'RIDE_STATE_CANCELLED')).toEqual([]);
    expect(states.filter((state) => state === 'RIDE_STATE_ENDED').length).toBeGreaterThan(10);
    const books = await readBooks(api, cast.riders, played);
    expect(books).toMatchObject({ agree: true });
    // What the provider itself has captured of these riders' cards.
    const payments = await Promise.all(
      cast.riders.map((id) => api.list<{ id: string }>(`/v1/payments?customerId=${id}`, 'payments')),
    );
    const charged = (await world.chargesOf(payments.flat())).reduce((sum, amount) => sum + BigInt(amount), 0n);
    expect(charged).toBe(books.fares);
    await sendHome(stage, cast);
  },
  240_000,
);
