import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTime, usageTimeOf } from './usageTime.ts';

const parse = (text: string) => parseTime(Buffer.from(text), 0, text.length);
const at = (text: string) => usageTimeOf(new Date(text));

describe('parseTime', () => {
  it('reads every instant that Date writes', () => {
    const range = { min: new Date('2000-01-01T00:00:00Z'), max: new Date('2100-12-31T23:59:59Z'), noInvalidDate: true };
    fc.assert(
      fc.property(fc.date(range), (date) => {
        expect(parse(date.toISOString())).toBe(usageTimeOf(date));
        expect(parse(`${date.toISOString().slice(0, 19)}Z`)).toBe(usageTimeOf(date) - date.getUTCMilliseconds() * 1000);
      }),
    );
  });

  it.each([
    ['2026-11-10T09:00:00+09:00', at('2026-11-10T00:00:00Z')],
    ['2026-11-10T00:00:00-05:30', at('2026-11-10T05:30:00Z')],
    ['2026-11-10t00:00:00z', at('2026-11-10T00:00:00Z')],
    ['2026-11-10T00:00:00.123456Z', at('2026-11-10T00:00:00Z') + 123_456],
    ['2026-11-10T00:00:00.1000000000Z', at('2026-11-10T00:00:00Z') + 100_000],
    ['2028-02-29T00:00:00Z', at('2028-02-29T00:00:00Z')],
    ['2000-01-01T00:00:00+01:00', -3_600_000_000],
  ])('reads %s', (text, time) => {
    expect(parse(text)).toBe(time);
  });

  it.each([
    '',
    'yesterday',
    '2026-11-10',
    '2026-11-10T00:00:00',
    '2026-11-10 00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-11-31T00:00:00Z',
    '2026-11-10T24:00:00Z',
    '2026-11-10T00:60:00Z',
    '2026-11-10T00:00:60Z',
    '1999-12-31T23:59:59Z',
    '2101-01-01T00:00:00Z',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '2026-11-10T00:00:00.Z',
    '2026-11-10T00:00:00.1234567Z',
    '2026-11-10T00:00:00+9:00',
    '2026-11-10T00:00:00+0900',
    '2026-11-10T00:00:00+24:00',
    '2026-11-10T00:00:00Zulu',
    '+026-11-10T00:00:00Z',
  ])('refuses %j', (text) => {
    expect(parse(text)).toBeNaN();
  });
});
