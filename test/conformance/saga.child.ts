import './orphan.ts';
import { Database } from '#shared/database/database';
import { AdvisoryLocks } from '#shared/process/advisoryLocks';
import { sagaWorker } from '#shared/saga/runner';
import { runWorker } from '#shared/worker/worker';
import { log } from './stage.ts';
import { tripSaga } from './trip.ts';

// Drives sagas until it is killed.
const { DATABASE_URL = '', CONFIRM_MS = '60000' } = process.env;
const database = new Database(DATABASE_URL);
const driver = sagaWorker(database, [tripSaga(database, { confirmMs: Number(CONFIRM_MS) })], log);
await runWorker(driver, new AdvisoryLocks(database), log, new AbortController().signal);
