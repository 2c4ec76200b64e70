import { Database } from '#shared/database/database';
import { stepClose } from '../periods/close/stepClose.ts';
import { nextClosing } from '../periods/store/closing.ts';
import { clock, timeZone } from './world.ts';

/** `node closeMonth.ts <database url>`: a process that hands closing months over, for tests to kill; in batches so small that there are several. */
const database = new Database(process.argv[2] ?? '');
const report = async () => {};
for (let no = await nextClosing(database); no !== undefined; no = await nextClosing(database)) {
  await stepClose(no, { database, clock, timeZone, report, linesPerBatch: 500 });
}
await database[Symbol.asyncDispose]();
