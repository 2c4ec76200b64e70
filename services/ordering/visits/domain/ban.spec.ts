import fc from 'fast-check';
import { expect, test } from 'vitest';
import { afterChange, type Ban } from './ban.ts';

const first = new Date('2026-11-10T03:00:00Z');
const now = new Date('2026-11-11T03:00:00Z');
const standing = (standingPoints: bigint, banned = false): Ban => ({
  id: 'ban',
  customerId: 'c',
  offeringId: 'o',
  business: 'b',
  standingPoints,
  threshold: 90n,
  banned,
  time: first,
});

test.each([
  ['below it', 30n, false, 30n, 90n, false, undefined],
  ['one point below it', 59n, false, 30n, 90n, false, undefined],
  ['exactly at it', 60n, false, 30n, 90n, true, 'BANNED'],
  ['beyond it', 60n, false, 300n, 90n, true, 'BANNED'],
  ['beyond it once more', 90n, true, 30n, 90n, true, undefined],
  ['back, but not below it', 150n, true, -60n, 90n, true, undefined],
  ['back below it', 90n, true, -1n, 90n, false, 'UNBANNED'],
  ['without a threshold', 900n, false, 30n, 0n, false, undefined],
  ['when the threshold has been lowered since', 60n, false, 0n, 50n, true, 'BANNED'],
  ['when the threshold has been raised since', 90n, true, 30n, 200n, false, 'UNBANNED'],
  ['when the threshold has been taken away since', 90n, true, -30n, 0n, false, 'UNBANNED'],
] as const)('SMOKE-5 the sum gets %s', (_name, points, banned, change, threshold, then, turn) => {
  expect(afterChange(standing(points, banned), change, threshold, now)).toEqual({
    turn,
    ban: { ...standing(points + change, then), threshold, time: turn ? now : first },
  });
});

test('SMOKE-5 whatever comes and goes, who is banned is who stands at the threshold, and turns alternate', () => {
  const penalties = fc.array(fc.bigInt({ min: 0n, max: 50n }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(
      penalties,
      fc.bigInt({ min: 0n, max: 100n }),
      fc.infiniteStream(fc.boolean()),
      (all, threshold, dice) => {
        let ban: Ban = { ...standing(0n), threshold };
        const stand: bigint[] = [];
        let last: string | undefined;
        for (const points of all) {
          const released = dice.next().value ? stand.pop() : undefined;
          if (released === undefined) stand.push(points);
          const step = afterChange(ban, released === undefined ? points : -released, threshold, now);
          ban = step.ban;
          const sum = stand.reduce((total, each) => total + each, 0n);
          expect(ban.standingPoints).toBe(sum);
          expect(ban.banned).toBe(threshold > 0n && sum >= threshold);
          if (step.turn) expect(step.turn).not.toBe(last);
          last = step.turn ?? last;
        }
      },
    ),
  );
});
