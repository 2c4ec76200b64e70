/** Microseconds from 1970 to 2000-01-01T00:00:00Z, PostgreSQL's own epoch. */
const epochGapMs = 946_684_800_000;

/** What `parseTime` answers for anything that is no time of the years 2000 to 2100. */
export const noTime = Number.NaN;

const firstYear = 2000;
const lastYear = 2100;

/** Days from 2000-01-01 to the first of each month; index `(year - 2000) * 12 + month - 1`. */
const daysBefore = new Int32Array((lastYear - firstYear + 1) * 12 + 1);
for (let index = 0; index < daysBefore.length; index++) {
  daysBefore[index] = (Date.UTC(firstYear + Math.floor(index / 12), index % 12, 1) - epochGapMs) / 86_400_000;
}

/**
 * Reads an RFC 3339 time with `Z` or an offset. Returns microseconds since 2000-01-01T00:00:00Z, exact in a
 * double until the year 2100, or NaN. Leap seconds and fractions finer than a microsecond are not taken: no network element sends them.
 */
export function parseTime(bytes: Uint8Array, from: number, to: number): number {
  if (to - from < 20) return noTime;
  if (bytes[from + 4] !== 45 || bytes[from + 7] !== 45 || bytes[from + 13] !== 58 || bytes[from + 16] !== 58)
    return noTime;
  if (((bytes[from + 10] ?? 0) | 32) !== 116) return noTime;
  const year = two(bytes, from) * 100 + two(bytes, from + 2);
  const month = two(bytes, from + 5);
  const day = two(bytes, from + 8);
  const hour = two(bytes, from + 11);
  const minute = two(bytes, from + 14);
  const second = two(bytes, from + 17);
  // A comparison with the NaN of a field that is no number is false, so these refuse it too.
  if (!(year >= firstYear && year <= lastYear && month >= 1 && month <= 12)) return noTime;
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return noTime;
  const index = (year - firstYear) * 12 + month - 1;
  const start = daysBefore[index] ?? 0;
  if (!(day >= 1 && day <= (daysBefore[index + 1] ?? 0) - start)) return noTime;
  const seconds = (start + day - 1) * 86_400 + hour * 3600 + minute * 60 + second;
  const next = bytes[from + 19] ?? 0;
  if ((next | 32) === 122 && to - from === 20) return seconds * 1_000_000;
  return parseRest(bytes, from + 19, to, seconds);
}

/** The fraction of a second, if any, and the zone. */
function parseRest(bytes: Uint8Array, from: number, to: number, seconds: number): number {
  let position = from;
  let micros = 0;
  if (bytes[position] === 46) {
    let weight = 100_000;
    const first = ++position;
    for (; position < to; position++) {
      const digit = (bytes[position] ?? 0) - 48;
      if (digit < 0 || digit > 9) break;
      // Beyond the microsecond only zeros keep the value.
      if (weight < 1 && digit !== 0) return noTime;
      micros += Math.trunc(digit * weight);
      weight /= 10;
    }
    if (position === first) return noTime;
  }
  const zone = bytes[position] ?? 0;
  if ((zone | 32) === 122) return position + 1 === to ? seconds * 1_000_000 + micros : noTime;
  if ((zone !== 43 && zone !== 45) || to - position !== 6 || bytes[position + 3] !== 58) return noTime;
  const hours = two(bytes, position + 1);
  const minutes = two(bytes, position + 4);
  if (!(hours <= 23 && minutes <= 59)) return noTime;
  const offset = (hours * 60 + minutes) * 60;
  return (zone === 43 ? seconds - offset : seconds + offset) * 1_000_000 + micros;
}

/** Two digits as a number, or NaN. */
function two(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - 48;
  const ones = (bytes[at + 1] ?? 0) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : noTime;
}

/** Microseconds since 2000 of a date. */
export function usageTimeOf(date: Date): number {
  return (date.getTime() - epochGapMs) * 1000;
}
