import type { Timestamp } from '@bufbuild/protobuf/wkt';

/**
 * The millisecond that a timestamp lies in. Rounding to the nearest one would move the last half millisecond of a
 * month into the next: a line activated then would be charged in the wrong month.
 */
export function instantOf({ seconds, nanos }: Timestamp): Date {
  return new Date(Number(seconds) * 1000 + Math.floor(nanos / 1_000_000));
}
