import { createReadStream } from 'node:fs';
import { Database } from '#shared/database/database';
import { UsageImport } from '../usage/import/importUsage.ts';
import { clock, log, timeZone } from './world.ts';

/** `node importFile.ts <database url> <file>`: an importing process for tests to kill; small batches, so that there are many. */
const [, , url = '', file = ''] = process.argv;
const database = new Database(url);
const imports = new UsageImport({
  database,
  log,
  clock,
  timeZone,
  concurrency: 1,
  limits: { bytes: 256 * 1024, records: 500 },
});
const row = await imports.run({ business: 'iot', source: file, pieces: createReadStream(file) });
process.stdout.write(JSON.stringify({ rated: Number(row.rated), duplicate: Number(row.duplicate) }));
await imports[Symbol.asyncDispose]();
await database[Symbol.asyncDispose]();
