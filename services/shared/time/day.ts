import { Temporal } from 'temporal-polyfill';

/** The calendar day that an instant belongs to in a time zone, such as `2026-12-01`. */
export function dayOf(instant: Date, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(zone).toPlainDate().toString();
}
