import { faultOf, isTransient } from '#shared/errors/classify';
import type { Logger } from '#shared/telemetry/log';
import { type Worker, worker } from '#shared/worker/worker';
import { endRun, nextRun, noteWaiting } from '../store/rerateRuns.ts';
import { type RerateOptions, rerateRun } from './rerateRun.ts';

export const rerateChannel = 'rating_period_rerate';

/** Takes months on that are rated again, one after another. A run that billing refuses has failed; one that gets no answer goes on later. */
export function rerateWorker(options: RerateOptions & { log: Logger }): Worker {
  const { database, clock, log } = options;
  return worker({
    name: 'period-rerate',
    everyMs: 2_000,
    channel: rerateChannel,
    run: async (signal) => {
      const run = await nextRun(database);
      if (!run) return 'idle';
      try {
        await rerateRun(run, options, signal);
        return 'more';
      } catch (error) {
        if (signal.aborted) throw error;
        const fault = faultOf(error);
        if (isTransient(fault)) {
          await noteWaiting(database, run.id, fault.reason);
          throw error;
        }
        log.error({ err: error, run: run.id, reason: fault.reason }, 'a month could not be rated again');
        await endRun(database, run.id, { state: 'FAILED', reason: fault.reason, now: clock.now() });
        return 'more';
      }
    },
  });
}
