import { expect, test } from 'vitest';
import { Killer, moments } from '../chaos/killer.ts';
import { smallMonth } from '../chaos/smallMonth.ts';
import { theWorld } from './world.ts';

// The short run; `npm run chaos` takes one month per kill.
test('every service is killed once or twice during one month, and its end is the same as undisturbed', {
  timeout: 150_000,
}, async () => {
  const world = theWorld();
  const month = { gatewayUrl: world.gatewayUrl, token: () => world.token('operator') };
  const undisturbed = await smallMonth(month);
  const killer = new Killer(
    world,
    moments(7, [
      ['ordering', 'activation', 500],
      ['rating', 'activation', 500],
      ['billing', 'activation', 500],
      ['notification', 'activation', 500],
      ['rating', 'import', 250],
      ['gateway', 'import', 250],
      ['mypage', 'import', 250],
      ['rating', 'close', 150],
      ['billing', 'close', 500],
      ['settlement', 'close', 700],
      ['notification', 'close', 900],
    ]),
  );
  const end = await smallMonth({ ...month, onStage: killer.onStage });
  await killer.finish();
  expect(killer.done).toHaveLength(11);
  expect(end).toEqual(undisturbed);
});
