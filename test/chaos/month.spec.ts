import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { theWorld, type World } from '../journeys/world.ts';
import type { EndState } from './endState.ts';
import { Killer, moments } from './killer.ts';
import { smallMonth } from './smallMonth.ts';

const seed = Number(process.env.CHAOS_SEED ?? '20261101');

const KILLS = moments(seed, [
  ['ordering', 'activation', 600],
  ['rating', 'activation', 600],
  ['billing', 'activation', 600],
  ['notification', 'activation', 600],
  ['mypage', 'activation', 600],
  ['gateway', 'activation', 600],
  ['rating', 'import', 250],
  ['gateway', 'import', 250],
  ['rating', 'close', 60],
  ['rating', 'close', 400],
  ['billing', 'close', 150],
  ['billing', 'close', 700],
  ['settlement', 'close', 500],
  ['settlement', 'close', 1000],
  ['notification', 'close', 700],
  ['ordering', 'close', 400],
]);

let world: World;
let undisturbed: EndState;

beforeAll(async () => {
  world = theWorld();
  undisturbed = await smallMonth(world);
});

afterAll(() => {
  process.stdout.write(`chaos seed ${seed}; CHAOS_SEED=… chooses another\n`);
});

describe('a service is killed in the middle of a month', () => {
  test('two undisturbed months are equal', async () => {
    expect(await smallMonth(world)).toEqual(undisturbed);
  });

  test.each(KILLS.map((kill) => [kill.victim, kill.stage, kill.afterMs, kill] as const))(
    '%s, %s, after %i ms: the end is the same',
    async (_victim, _stage, _afterMs, kill) => {
      const killer = new Killer(world, [kill]);
      const end = await smallMonth(world, killer.onStage);
      // A kill after the end would prove nothing.
      expect(killer.struck).toBe(1);
      await killer.finish();
      expect(end).toEqual(undisturbed);
    },
  );
});
