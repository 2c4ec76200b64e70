import '#test/conformance/orphan';
import { callAll } from './callers.ts';
import { Counter } from './counter.ts';

// Charges sessions, on a database and before a billing of the parent's, until it is killed.
const { DATABASE_URL = '', BILLING = '' } = process.env;
await callAll(await Counter.on(DATABASE_URL, BILLING));
throw new Error('it should have been killed');
