import type { Books } from './books.ts';
import type { Evening, Ride } from './evening.ts';

const number = (value: number | bigint): string => value.toLocaleString('en');
const won = (value: bigint): string => `${number(value)} KRW`;
const seconds = (value: number): string => `${(value / 1000).toFixed(2)} s`;

/** Milliseconds from the request to the moment a driver had taken it; undefined for a ride nobody took. */
function timeToDispatch({ history }: Ride): number | undefined {
  const [requested] = history;
  const dispatched = history.find(({ state }) => state === 'RIDE_STATE_DISPATCHED');
  return requested && dispatched && Date.parse(dispatched.time) - Date.parse(requested.time);
}

/** The value below which a share of the sorted values lies. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** The evening in ten lines. */
export function renderEvening(evening: Evening, books: Books, lasted: number): string {
  const rides = [...evening.rides.values()];
  const times = rides.flatMap((ride) => timeToDispatch(ride) ?? []).sort((a, b) => a - b);
  const cancelled = (by: string) =>
    rides.filter(({ state, cancelledBy }) => state === 'RIDE_STATE_CANCELLED' && cancelledBy === by).length;
  const ended = rides.filter(({ state }) => state === 'RIDE_STATE_ENDED').length;
  const [byRiders, bySystem] = [cancelled('RIDE_CANCELLER_CUSTOMER'), cancelled('RIDE_CANCELLER_SYSTEM')];
  const rows: [string, string][] = [
    ['requests', `${number(rides.length + evening.turnedAway)} in ${(lasted / 1000).toFixed(0)} s`],
    ['turned away at once', number(evening.turnedAway)],
    ['dispatched', number(times.length)],
    [
      '  time to dispatch',
      times.length > 0 ? `median ${seconds(quantile(times, 0.5))}, p99 ${seconds(quantile(times, 0.99))}` : '–',
    ],
    ['cancelled by riders', number(byRiders)],
    ['cancelled by the system', number(bySystem)],
    ['ended and paid', number(ended)],
    ['  cards declined first', number(evening.declined)],
    ['still under way', number(rides.length - ended - byRiders - bySystem)],
    ['earned', won(books.fares)],
    ['  captured by cards', won(books.captured)],
    ['  owed by riders', won(books.owed)],
    ['books agree', books.agree ? 'yes: fares = captures, nobody owes, the trial balance is zero' : 'NO'],
  ];
  return rows.map(([label, value]) => `  ${label.padEnd(24)} ${value}`).join('\n');
}
