import '#test/conformance/orphan';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { Counter } from '../../testing.ts';
import { lookOnce } from '../dispatch/dispatch.ts';
import { live } from './live.ts';

// Dispatches on a database of the parent's without asking whether others do the same, until it is killed. Prints failures.
const { DATABASE_URL = '', SETTINGS = '{}' } = process.env;
await using counter = await Counter.on(DATABASE_URL, { settings: JSON.parse(SETTINGS) });
live(counter);
const { database, config } = counter;
const parts = { database, settings: config.rides, clock: () => counter.now, log: pino({ level: 'error' }) };
console.info('ready');
for (;;) {
  const { moved } = await lookOnce(parts);
  if (moved === 0) await sleep(2);
}
