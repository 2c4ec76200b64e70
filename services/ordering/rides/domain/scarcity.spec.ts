import { expect, test } from 'vitest';
import { scarceFor } from './scarcity.ts';

const now = new Date('2026-11-10T12:00:00Z');
const ago = (seconds: number, driven = false) => ({ driven, time: new Date(now.getTime() - seconds * 1000) });
const rule = { rides: 3, windowMs: 60_000 };

test.each([
  ['three in vain, the last just now', [ago(0), ago(90), ago(200)], 60_000],
  ['three in vain, the last a while ago', [ago(45), ago(90), ago(200)], 15_000],
  ['three in vain, and long over', [ago(60), ago(90), ago(200)], undefined],
  ['only two so far', [ago(1), ago(2)], undefined],
  ['nobody has asked', [], undefined],
  ['somebody drove in between', [ago(1), ago(2, true), ago(3), ago(4)], undefined],
  ['somebody drove before', [ago(1), ago(2), ago(3), ago(4, true)], 59_000],
])('TAXI-3 %s', (_what, latest, expected) => {
  expect(scarceFor(latest, rule, now)).toBe(expected);
});

test('TAXI-3 a row of none is never scarce', () => {
  expect(scarceFor([ago(0), ago(0), ago(0)], { ...rule, rides: 0 }, now)).toBeUndefined();
});
