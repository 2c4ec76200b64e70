import './orphan.ts';
import { Database } from '#shared/database/database';
import { runRelay } from '#shared/outbox/relay';
import { AdvisoryLocks } from '#shared/process/advisoryLocks';
import { count } from './counting.ts';
import { connectTo, log } from './stage.ts';

// Counts in several counters at once and relays its outbox, until it is killed or has counted enough.
const { DATABASE_URL = '', NATS_URL = '', COUNTERS = '0', EACH = '0' } = process.env;
const database = new Database(DATABASE_URL);
const nats = await connectTo(NATS_URL);
const relay = runRelay(
  { service: 'ordering', database, nats, locks: new AdvisoryLocks(database), log },
  new AbortController().signal,
);

await Promise.all(
  Array.from({ length: Number(COUNTERS) }, async (_, index) => {
    for (let turn = 0; turn < Number(EACH); turn++) await count(database, `counter-${index}`);
  }),
);
console.log('counted');
await relay;
