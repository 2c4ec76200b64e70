import { Database } from '#shared/database/database';
import { advance } from '../periods/closeWorker.ts';
import { nextClosing } from '../periods/store/closing.ts';
import { clock, timeZone } from './world.ts';

/** `node closeMonth.ts <database url>`: a process that hands closing months over, for tests to kill. */
const database = new Database(process.argv[2] ?? '');
for (let no = await nextClosing(database); no !== undefined; no = await nextClosing(database)) {
  const closing = no;
  await database.transaction((tx) => advance(tx, closing, { database, clock, timeZone }));
}
await database[Symbol.asyncDispose]();
