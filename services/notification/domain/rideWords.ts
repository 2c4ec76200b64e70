import type { Place } from '#proto/ordering/v1/place';
import type { Ride } from '#proto/ordering/v1/ride';

/** When something is told, and in which time zone its times are. */
export interface Told {
  time: Date;
  timeZone: string;
}

/** What a person calls the place, else where it is. */
export function placeWords(place: Place | undefined): string {
  if (place?.address) return place.address;
  return place?.location ? `${place.location.latitude}, ${place.location.longitude}` : 'somewhere';
}

/** `서울역 to 시청`. */
export function wayWords({ pickup, dropoff }: Pick<Ride, 'pickup' | 'dropoff'>): string {
  return `${placeWords(pickup)} to ${placeWords(dropoff)}`;
}

/** Metres to read, exactly: `850 m`, `5.23 km`. */
export function distanceWords(meters: bigint): string {
  if (meters < 1_000n) return `${meters} m`;
  const thousandths = String(meters % 1_000n)
    .padStart(3, '0')
    .replace(/0+$/, '');
  return `${meters / 1_000n}${thousandths && `.${thousandths}`} km`;
}

/** Seconds to read, exactly: `18 min 20 s`, `1 h 5 min`. */
export function durationWords(seconds: bigint): string {
  const parts = [
    [seconds / 3_600n, 'h'],
    [(seconds / 60n) % 60n, 'min'],
    [seconds % 60n, 's'],
  ] as const;
  const told = parts.filter(([count]) => count > 0n).map(([count, unit]) => `${count} ${unit}`);
  return told.join(' ') || '0 s';
}

/** A time of day to read: `09:30`; with its date where that is not the day on which it is told. */
export function clockWords(
  time: Date,
  { time: toldAt, timeZone }: Told,
  timeStyle: 'short' | 'medium' = 'short',
): string {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, timeStyle }).format(time);
  const day = dayWords(time, timeZone);
  return day === dayWords(toldAt, timeZone) ? clock : `${day} ${clock}`;
}

/** A day to read: `2026-11-02`. */
export function dayWords(time: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(time);
}
