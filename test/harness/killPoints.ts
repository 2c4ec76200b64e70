/**
 * The places of a sweep at which `npm test` kills: every third, from the first to the last kind of place, because each costs two processes. `npm run chaos` kills at
 * all of them.
 */
export function killPoints<Place>(all: readonly Place[]): Place[] {
  return process.env.ALL_KILL_POINTS ? [...all] : all.filter((_, index) => index % 3 === 0);
}
