import './orphan.ts';
import { Database } from '#shared/database/database';
import { runConsumers } from '#shared/inbox/run';
import { AdvisoryLocks } from '#shared/process/advisoryLocks';
import { counters } from './handlers.ts';
import { connectTo, log } from './stage.ts';

// Applies counts until it is killed.
const { DATABASE_URL = '', NATS_URL = '' } = process.env;
const database = new Database(DATABASE_URL);
const nats = await connectTo(NATS_URL);
const locks = new AdvisoryLocks(database);
await runConsumers(
  { service: 'billing', database, nats, locks, log, consumers: [counters()], attempts: 2 },
  new AbortController().signal,
);
