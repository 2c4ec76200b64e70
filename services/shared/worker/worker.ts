import type { AdvisoryLocks, Held } from '../process/advisoryLocks.ts';
import { Alarm } from '../process/alarm.ts';
import { backOff, sleep } from '../process/background.ts';
import type { Logger } from '../telemetry/log.ts';

/** Work that goes on in the background in one process of the service at a time. */
export interface Worker {
  name: string;
  /** How long to wait after idle work before looking again, in milliseconds. */
  everyMs: number;
  /** A PostgreSQL notification channel that cuts the wait short. */
  channel?: string;
  /**
   * Does a piece of work; says whether there is more. Must be harmless to repeat after a crash at any point.
   * The alarm rings when the channel is notified, for work that goes on looking by itself.
   */
  run: (signal: AbortSignal, alarm?: Alarm) => Promise<'more' | 'idle'>;
}

export function worker(definition: Worker): Worker {
  return definition;
}

/** Runs a worker until the signal is aborted. Failures are logged and tried again with back-off; they never end the process. */
export async function runWorker(
  definition: Worker,
  locks: AdvisoryLocks,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      await locks.hold(`worker:${definition.name}`, signal, (held) =>
        workAlone(definition, held, () => {
          failures = 0;
        }),
      );
    } catch (error) {
      failures += 1;
      if (!signal.aborted) log.error({ err: error, worker: definition.name, failures }, 'worker failed; trying again');
      await sleep(backOff(failures, 200, 10_000), signal);
    }
  }
}

async function workAlone(definition: Worker, { session, signal }: Held, succeeded: () => void): Promise<void> {
  const { channel, everyMs, run } = definition;
  const alarm = new Alarm();
  const stopListening = channel === undefined ? undefined : await session.listen(channel, () => alarm.ring());
  try {
    while (!signal.aborted) {
      alarm.reset();
      const outcome = await run(signal, alarm);
      succeeded();
      if (outcome === 'idle') await alarm.wait(everyMs, signal);
    }
  } finally {
    stopListening?.();
  }
}
