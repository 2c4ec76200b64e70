import type { Random } from './random.ts';

/** What kind of device sits behind a line; decides how much it sends and when. */
export type TrafficClass = 'meter' | 'tracker' | 'camera' | 'router';

interface Profile {
  /** Records an hour of one line, by hour of the day; only the proportions matter. */
  readonly rhythm: readonly number[];
  /** Smallest and largest volume of one record, in bytes; in between the logarithm is evenly spread. */
  readonly up: readonly [number, number];
  readonly down: readonly [number, number];
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** Twenty-four hourly values from a shape of six four-hour blocks, midnight first. */
const blocks = (...shape: number[]): number[] => shape.flatMap((value) => [value, value, value, value]);

export const PROFILES: Readonly<Record<TrafficClass, Profile>> = {
  // Utilities read meters at night, when the network is empty.
  meter: {
    rhythm: blocks(2.5, 1.8, 0.3, 0.2, 0.2, 0.6),
    up: [2 * KIB, 48 * KIB],
    down: [200, 4 * KIB],
  },
  // Vehicles move by day.
  tracker: {
    rhythm: blocks(0.2, 1.2, 2.2, 2.0, 1.4, 0.5),
    up: [20 * KIB, 900 * KIB],
    down: [1 * KIB, 40 * KIB],
  },
  // Cameras upload around the clock, more often in the dark.
  camera: {
    rhythm: blocks(2.4, 1.6, 1.2, 1.2, 1.6, 2.2),
    up: [2 * MIB, 60 * MIB],
    down: [4 * KIB, 300 * KIB],
  },
  // Shops and buses offer Wi-Fi in the afternoon and evening.
  router: {
    rhythm: blocks(0.3, 0.6, 1.6, 2.2, 2.8, 1.5),
    up: [200 * KIB, 8 * MIB],
    down: [1 * MIB, 80 * MIB],
  },
};

/** How much busier a day is than an average one: meters and fleets are read out when the month ends. */
export function dayFactor(day: number, daysInMonth: number): number {
  const left = daysInMonth - day;
  return left === 0 ? 2.5 : left <= 2 ? 1.6 : 1;
}

/** The volume of one record, evenly spread over the orders of magnitude between the bounds. */
export function volume(random: Random, [least, most]: readonly [number, number]): number {
  return Math.floor(least * (most / least) ** random.next());
}
