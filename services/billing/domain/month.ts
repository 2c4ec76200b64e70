/** A month in the business's time zone. */
export interface Month {
  month: string;
  zone: string;
}

const names = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** `2026-11` for people: `November`. */
export function monthName(month: string): string {
  return names[Number(month.slice(5)) - 1] ?? month;
}
