import { expect, test } from 'vitest';
import { Killer, moments } from '../chaos/killer.ts';
import { smallMonth } from '../chaos/smallMonth.ts';
import { theWorld } from './world.ts';

// The short run; `npm run chaos` takes one month per kill.
test('every service is killed once or twice during one month, and its end is the same as undisturbed', {
  timeout: 150_000,
}, async () => {
  const world = theWorld();
  const undisturbed = await smallMonth(world);
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
  const end = await smallMonth(world, killer.onStage);
  expect(killer.struck).toBe(11);
  await killer.finish();
  expect(end).toEqual(undisturbed);
});
