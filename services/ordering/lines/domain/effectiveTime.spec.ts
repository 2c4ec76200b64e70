import { describe, expect, test } from 'vitest';
import { decideEffectiveTime, earliest } from './effectiveTime.ts';

const now = new Date('2026-11-10T12:00:00Z');
const since = new Date('2026-11-01T00:00:00Z');
const operator = { now, since, mayChoose: true };

describe('IOT-2 when a change takes effect', () => {
  test('now, unless said otherwise', () => {
    expect(decideEffectiveTime({ wanted: undefined, now, since, mayChoose: false })).toEqual({ kind: 'at', time: now });
    expect(decideEffectiveTime({ wanted: undefined, now, since: undefined, mayChoose: true })).toEqual({
      kind: 'at',
      time: now,
    });
  });

  test('never before the last change, even when the clock was set back', () => {
    const ahead = new Date('2026-11-10T12:00:01Z');
    expect(decideEffectiveTime({ ...operator, wanted: undefined, since: ahead })).toEqual({ kind: 'at', time: ahead });
  });

  test.each([since, new Date('2026-11-05T00:00:00Z'), now])('an operator may choose %o', (wanted) => {
    expect(decideEffectiveTime({ ...operator, wanted })).toEqual({ kind: 'at', time: wanted });
  });

  test('a customer may not choose, not even the present', () => {
    expect(decideEffectiveTime({ ...operator, wanted: now, mayChoose: false })).toMatchObject({ kind: 'refused' });
  });

  test.each([
    ['the future', new Date(now.getTime() + 1)],
    ['before the last change', new Date(since.getTime() - 1)],
    ['before there were lines', new Date(earliest.getTime() - 1)],
    ['the year 0001', new Date('0001-01-01T00:00:00Z')],
    ['no time at all', new Date(Number.NaN)],
  ])('refused: %s', (_name, wanted) => {
    expect(decideEffectiveTime({ ...operator, wanted })).toMatchObject({ kind: 'refused' });
  });
});
