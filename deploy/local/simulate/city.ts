import type { Random } from '../sample/random.ts';

export interface Location {
  readonly latitude: number;
  readonly longitude: number;
}

export interface Trip {
  readonly pickup: Location;
  readonly dropoff: Location;
  readonly distanceMeters: number;
  readonly durationSeconds: number;
}

const centre: Location = { latitude: 37.5663, longitude: 126.9779 };
const metersADegree = 111_195;

/** Somewhere in the city: most people are in the middle of it. */
export function somewhere(random: Random): Location {
  const meters = 8_000 * random.next() * random.next();
  const bearing = 2 * Math.PI * random.next();
  return {
    latitude: centre.latitude + (meters * Math.cos(bearing)) / metersADegree,
    longitude:
      centre.longitude + (meters * Math.sin(bearing)) / (metersADegree * Math.cos((centre.latitude * Math.PI) / 180)),
  };
}

/** A ride through the city: streets make a way about a third longer than it is, and the evening's traffic makes 20 km/h of it. */
export function trip(random: Random): Trip {
  const [pickup, dropoff] = [somewhere(random), somewhere(random)];
  const north = (dropoff.latitude - pickup.latitude) * metersADegree;
  const east = (dropoff.longitude - pickup.longitude) * metersADegree * Math.cos((centre.latitude * Math.PI) / 180);
  const distanceMeters = Math.max(500, Math.round(1.35 * Math.hypot(north, east)));
  return { pickup, dropoff, distanceMeters, durationSeconds: Math.round(distanceMeters / 5.5) };
}

/** Moments at which somebody requests a ride, in milliseconds from now: independent of one another, so in bursts and lulls. */
export function arrivals(random: Random, count: number, meanGapMs: number): number[] {
  let at = 0;
  return Array.from({ length: count }, () => {
    at += -Math.log(1 - random.next()) * meanGapMs;
    return at;
  });
}
