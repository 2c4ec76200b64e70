import { describe, expect, it } from 'vitest';
import { activeIntervals, type Change, isActiveAt } from './activity.ts';

const day = (number: number) => new Date(Date.UTC(2026, 10, number));
const change = (action: Change['action'], on: number): Change => ({
  action,
  effectiveTime: day(on),
});

describe('activeIntervals', () => {
  it('IOT-2 follows a line through its life', () => {
    const changes = [
      change('ACTIVATE', 1),
      change('SUSPEND', 5),
      change('RESUME', 8),
      change('TERMINATE', 12),
      change('RESTORE', 20),
    ];
    expect(activeIntervals(changes)).toEqual([
      { start: day(1), end: day(5) },
      { start: day(8), end: day(12) },
      { start: day(20) },
    ]);
  });

  it('does not depend on the order in which different instants are given', () => {
    const changes = [change('ACTIVATE', 1), change('SUSPEND', 5), change('RESUME', 8)];
    expect(activeIntervals(changes.toReversed())).toEqual(activeIntervals(changes));
  });

  it('passes over changes that change nothing, and over empty stretches', () => {
    const changes = [change('ACTIVATE', 1), change('RESUME', 2), change('TERMINATE', 3), change('TERMINATE', 4)];
    expect(activeIntervals(changes)).toEqual([{ start: day(1), end: day(3) }]);
    expect(activeIntervals([change('ACTIVATE', 1), change('TERMINATE', 1)])).toEqual([]);
  });

  it('includes the first instant and not the last', () => {
    const intervals = activeIntervals([change('ACTIVATE', 1), change('SUSPEND', 5)]);
    expect([isActiveAt(intervals, day(1)), isActiveAt(intervals, day(5))]).toEqual([true, false]);
  });
});
