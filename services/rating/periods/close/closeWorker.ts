import { type Worker, worker } from '#shared/worker/worker';
import { nextClosing } from '../store/closing.ts';
import { type CloseOptions, stepClose, type UnderWay } from './stepClose.ts';

export const closeChannel = 'rating_period_close';

/** IOT-8: takes closing months on, step by step. */
export function closeWorker(options: CloseOptions): Worker {
  const under: UnderWay = {};
  return worker({
    name: 'period-close',
    everyMs: 1_000,
    channel: closeChannel,
    run: async () => {
      const no = await nextClosing(options.database);
      if (no === undefined) {
        // The lines of a month that is handed over need no memory any more.
        under.handOver = undefined;
        return 'idle';
      }
      await stepClose(no, options, under);
      return 'more';
    },
  });
}
