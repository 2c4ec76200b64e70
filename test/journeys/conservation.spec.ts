import { expect, test } from 'vitest';
import { audit } from '../chaos/audit.ts';
import { trade } from '../chaos/trade.ts';
import { theWorld } from './world.ts';

const victims = ['billing', 'ordering', 'gateway', 'billing', 'settlement', 'ordering', 'rating', 'mypage'];

// The short run; `npm run chaos` takes several trades with more kills, of PostgreSQL and NATS, too.
test('SHOP-4 TOON-4 six customers trade at once while services are killed: no won, point or piece is lost', {
  timeout: 150_000,
}, async () => {
  const world = theWorld();
  let over = false;
  const trading = trade(world, { seed: 7, actors: 6, over: () => over });
  trading.catch(() => {
    // Awaited below; until then the kills go on.
  });
  for (const victim of victims) {
    await world.mesh.kill(victim, 'SIGKILL');
    await world.mesh.untilReady(victim);
  }
  over = true;
  const result = await trading;
  expect(result.refusals.size).toBeGreaterThan(0);
  await audit(world, result);
});
