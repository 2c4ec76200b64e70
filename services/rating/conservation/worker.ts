import type { Database } from '#shared/database/database';
import { type Worker, worker } from '#shared/worker/worker';
import { lockPeriod } from '../periods/store/periods.ts';
import { atOneInstant } from '../store/snapshot.ts';
import { examine } from './examine.ts';
import type { FaultReporter } from './report.ts';
import { monthsToExamine } from './store/faults.ts';

/** How long after its close a month is still looked at. */
const closedForMs = 40 * 86_400_000;

/** How often it is asked whether a look is due. When the last one was is kept, so that a restart begins none. */
const askEveryMs = 10_000;

export interface ConservationOptions {
  database: Database;
  clock: { now(): Date };
  timeZone: string;
  everyMs: number;
  report: FaultReporter;
}

/** Looks now and then whether open and recently closed months add up. A close looks by itself. */
export function conservationWorker(options: ConservationOptions): Worker {
  const { database, clock, everyMs } = options;
  return worker({
    name: 'usage-conservation',
    everyMs: Math.min(everyMs, askEveryMs),
    run: async (signal) => {
      const now = clock.now().getTime();
      const due = { closedAfter: new Date(now - closedForMs), lookedAtBefore: new Date(now - everyMs) };
      for (const period of await monthsToExamine(database, due)) {
        if (signal.aborted) break;
        await lookAt(period, options);
      }
      return 'idle';
    },
  });
}

/** Examines a month and reports what does not add up. */
export async function lookAt(
  { no, businessNo, month }: { no: number; businessNo: number; month: string },
  { database, timeZone, report }: Pick<ConservationOptions, 'database' | 'timeZone' | 'report'>,
): Promise<void> {
  const { faults } = await atOneInstant(database, (tx) => examine(tx, { businessNo, month, timeZone }));
  await database.transaction(async (tx) => {
    const period = await lockPeriod(tx, no);
    if (period) await report(tx, period, faults);
  });
}
