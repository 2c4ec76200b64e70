import { Alarm } from '#shared/process/alarm';
import { type Worker, worker } from '#shared/worker/worker';
import { nextDue } from '../store/due.ts';
import { dispatchChannel } from '../wake.ts';
import { type DispatchParts, lookOnce } from './dispatch.ts';

const everyMs = 1_000;
/** For a ride that is due and in somebody else's hands. */
const shortestMs = 10;

/**
 * Finds drivers. It looks when a ride is requested or a driver gets free, and when the next time limit is over; all limits are in the
 * rows, so that a process that starts again deals at once with what is overdue.
 */
export function dispatchWorker(parts: DispatchParts): Worker {
  const { database, clock } = parts;
  return worker({
    name: 'ride-dispatch',
    everyMs,
    channel: dispatchChannel,
    run: async (signal, alarm = new Alarm()) => {
      const { moved, failed } = await lookOnce(parts);
      if (failed > 0) return 'idle';
      if (moved > 0) return 'more';
      const next = await nextDue(database);
      const waitMs = next ? next.getTime() - clock().getTime() : everyMs;
      if (waitMs >= everyMs) return 'idle';
      await alarm.wait(Math.max(waitMs, shortestMs), signal);
      return 'more';
    },
  });
}
