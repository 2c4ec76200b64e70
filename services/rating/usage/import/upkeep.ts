import type { Database } from '#shared/database/database';
import type { Logger } from '#shared/telemetry/log';
import { type Worker, worker } from '#shared/worker/worker';
import { foldDeltas } from '../store/totals.ts';
import { importingFiles, tryImportLock } from '../store/usageFiles.ts';
import { endAndEmit } from './finishFile.ts';

/** What imports leave behind: files whose importer died, and sums that are not added to the lines' totals yet. */
export function usageUpkeep(database: Database, clock: { now(): Date }, log: Logger): Worker {
  return worker({
    name: 'usage-upkeep',
    everyMs: 2_000,
    run: async (signal) => {
      await sweep(database, clock, log);
      while (!signal.aborted && (await database.transaction((tx) => foldDeltas(tx))) > 0);
      return 'idle';
    },
  });
}

/** The importer's session holds the file's lock. Where the lock is free, the importer is gone. */
export async function sweep(database: Database, clock: { now(): Date }, log: Logger): Promise<void> {
  for (const no of await importingFiles(database)) {
    await database.transaction(async (tx) => {
      if (!(await tryImportLock(tx, no))) return;
      const end = { state: 'FAILED', reason: 'USAGE_FILE_INTERRUPTED', now: clock.now() } as const;
      const row = await endAndEmit(tx, no, end);
      if (row) log.warn({ file: row.id }, 'usage file failed: its importer is gone');
    });
  }
}
