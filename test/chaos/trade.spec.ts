import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'vitest';
import { Random } from '../../deploy/local/sample/random.ts';
import { theWorld } from '../journeys/world.ts';
import { audit } from './audit.ts';
import { trade } from './trade.ts';

const seed = Number(process.env.CHAOS_SEED ?? '20261101');
const victims = ['ordering', 'billing', 'rating', 'settlement', 'mypage', 'gateway', 'postgres', 'nats'];

test.each([0, 1, 2, 3])('trade %i: killed eight times, no won and no piece is lost', async (turn) => {
  const world = theWorld();
  const random = new Random(seed + turn);
  let struck = 0;
  const trading = trade(world, { seed: seed + turn, actors: 8, over: () => struck === 8 });
  trading.catch(() => {
    // Awaited below; until then the kills go on.
  });
  while (struck < 8) {
    await sleep(100 + random.below(700));
    const victim = random.pick(victims);
    await world.mesh.kill(victim, 'SIGKILL');
    await world.mesh.untilReady(victim);
    struck++;
  }
  await audit(world, await trading);
});
