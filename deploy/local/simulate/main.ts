// Plays a city evening against the running mesh: npm run simulate -- --rides 500 --drivers 50
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { requestToken } from '../issuer/token.ts';
import { dataDir, fail } from '../place.ts';
import { Api } from '../sample/api.ts';
import { Random } from '../sample/random.ts';
import { loadTaxi, TAXI } from '../sample/taxi.ts';
import { readPorts } from '../state.ts';
import { readBooks } from './books.ts';
import { hire, sendHome } from './cast.ts';
import { CityEvening, type Evening } from './evening.ts';
import { renderEvening } from './report.ts';

const usage = 'npm run simulate -- [--rides 500] [--drivers 50] [--seconds 600] [--seed 1]';
/** A driver has a ride for about so long, thinking, waiting and driving together. */
const busyMs = 5_500;

const { rides, drivers, seconds, seed } = readArguments();
const ports = readPorts(dataDir);
if (!ports) fail('the mesh was never started here; npm start does it');
const token = () => requestToken(`http://127.0.0.1:${ports.issuer}`, { role: 'operator' });
const kept = await token().catch(() => fail('the mesh does not answer; is npm start running?'));
const api = new Api({ gatewayUrl: `http://127.0.0.1:${ports.gateway}`, token: kept });
const run = randomUUID().slice(0, 8);

const stage = { api, random: new Random(seed), key: (what: string) => `evening-${run}-${what}` };

await loadTaxi(api);
const cast = await hire(stage, Math.ceil(rides / 4), drivers);
const startedAt = performance.now();
const city = new CityEvening({
  ...stage,
  business: TAXI.business,
  offeringId: TAXI.id,
  riders: cast.riders,
  rides,
  // Nearly all drivers are busy nearly all the time.
  meanGapMs: busyMs / (0.8 * drivers),
  signal: AbortSignal.timeout(seconds * 1_000),
  report: progress,
});
const evening = await city.play();
const lasted = performance.now() - startedAt;
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
await sendHome(stage, cast);
const books = await readBooks(api, cast.riders, evening);
console.log(`\n${renderEvening(evening, books, lasted)}\n`);
process.exit(books.agree ? 0 : 1);

function progress({ rides: seen }: Evening, requested: number): void {
  if (!process.stderr.isTTY) return;
  const states = [...seen.values()];
  const count = (state: string) => states.filter((ride) => ride.state === `RIDE_STATE_${state}`).length;
  process.stderr.write(
    `\r\x1b[K  ${requested}/${rides} requested · ${count('OFFERED')} offered · ${count('DISPATCHED')} dispatched · ` +
      `${count('IN_PROGRESS')} under way · ${count('ENDED')} ended · ${count('CANCELLED')} cancelled`,
  );
}

function readArguments() {
  const options = {
    rides: { type: 'string', default: '500' },
    drivers: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: '1' },
  } as const;
  try {
    const { values } = parseArgs({ options });
    const whole = (name: keyof typeof options, most: number) => {
      const value = Number(values[name]);
      if (Number.isInteger(value) && value >= 1 && value <= most) return value;
      throw new Error(`--${name} is a whole number from 1 to ${most}, not ${values[name]}`);
    };
    return {
      rides: whole('rides', 100_000),
      drivers: whole('drivers', 2_000),
      seconds: whole('seconds', 86_400),
      seed: whole('seed', 4_294_967_295),
    };
  } catch (cause) {
    return fail(`${(cause as Error).message}\n${usage}`);
  }
}
