import { describe, expect, it } from 'vitest';
import {
  activeDays,
  daysInMonth,
  inMonth,
  isTimeZone,
  monthBounds,
  monthOf,
  nextMonth,
  previousMonth,
} from './month.ts';

const seoul = 'Asia/Seoul';
const at = (text: string) => new Date(text);

describe('month', () => {
  it('begins and ends at local midnight', () => {
    expect(monthBounds('2026-11', seoul)).toEqual({
      start: at('2026-10-31T15:00:00Z'),
      end: at('2026-11-30T15:00:00Z'),
    });
  });

  it('follows the clock changes of a zone', () => {
    const { start, end } = monthBounds('2026-03', 'America/New_York');
    expect(end.getTime() - start.getTime()).toBe((31 * 24 - 1) * 3_600_000);
  });

  it('gives the last millisecond to the month that ends', () => {
    expect(monthOf(at('2026-11-30T14:59:59.999Z'), seoul)).toBe('2026-11');
    expect(monthOf(at('2026-11-30T15:00:00Z'), seoul)).toBe('2026-12');
  });

  it('counts over years', () => {
    expect(nextMonth('2026-12')).toBe('2027-01');
    expect(previousMonth('2027-01')).toBe('2026-12');
    expect(daysInMonth('2028-02')).toBe(29);
    expect(() => daysInMonth('2028-13')).toThrow(RangeError);
  });

  it('knows time zones', () => {
    expect(isTimeZone('Asia/Seoul')).toBe(true);
    expect(isTimeZone('Asia/Pyong')).toBe(false);
  });
});

describe('activeDays', () => {
  it('IOT-9 counts a day on which the line was in service at any instant', () => {
    expect(activeDays([{ start: at('2026-11-10T14:59:59Z') }], '2026-11', seoul)).toBe(21);
    expect(activeDays([{ start: at('2026-11-10T15:00:00Z') }], '2026-11', seoul)).toBe(20);
  });

  it('does not count the day that begins when the interval ends', () => {
    expect(
      activeDays(
        [
          {
            start: at('2026-01-01T00:00:00Z'),
            end: at('2026-11-09T15:00:00Z'),
          },
        ],
        '2026-11',
        seoul,
      ),
    ).toBe(9);
  });

  it('counts a day once however often the line came and went', () => {
    const noon = [0, 10, 20].map((minute) => ({
      start: at(`2026-11-05T03:${minute || '00'}:00Z`),
      end: at(`2026-11-05T03:${minute + 5 < 10 ? '05' : minute + 5}:00Z`),
    }));
    expect(activeDays(noon, '2026-11', seoul)).toBe(1);
  });

  it('is zero outside and for empty intervals', () => {
    const instant = at('2026-11-05T03:00:00Z');
    expect(activeDays([{ start: instant, end: instant }], '2026-11', seoul)).toBe(0);
    expect(activeDays([{ start: at('2026-12-01T00:00:00Z') }], '2026-11', seoul)).toBe(0);
    expect(inMonth({ start: at('2026-11-30T14:59:59.999Z') }, '2026-11', seoul)).toBe(true);
    expect(inMonth({ start: at('2026-11-30T15:00:00Z') }, '2026-11', seoul)).toBe(false);
  });
});
