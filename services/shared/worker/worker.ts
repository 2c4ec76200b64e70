import { backOff, sleep } from '../process/background.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Leases } from './lease.ts';

/** Work that goes on in the background in one process of the service at a time. */
export interface Worker {
  name: string;
  /** How long to wait after idle work before looking again, in milliseconds. */
  everyMs: number;
  /** A PostgreSQL notification channel that cuts the wait short. */
  channel?: string;
  /** Does a piece of work; says whether there is more. Must be harmless to repeat after a crash at any point. */
  run: (signal: AbortSignal) => Promise<'more' | 'idle'>;
}

export function worker(definition: Worker): Worker {
  return definition;
}

/** Runs a worker until the signal is aborted. Failures are logged and tried again with back-off; they never end the process. */
export async function runWorker(definition: Worker, leases: Leases, log: Logger, stop: AbortSignal): Promise<void> {
  let wake = () => {};
  let woken = false;
  if (definition.channel) {
    leases.listen(definition.channel, () => {
      woken = true;
      wake();
    });
  }
  for (let failures = 0; !stop.aborted; ) {
    try {
      const lost = await leases.acquire(`worker:${definition.name}`);
      if (!lost) {
        await sleep(1_000, stop);
        continue;
      }
      woken = false;
      const outcome = await definition.run(AbortSignal.any([stop, lost]));
      failures = 0;
      if (outcome === 'idle' && !woken) {
        const interrupted = new AbortController();
        wake = () => interrupted.abort();
        await sleep(definition.everyMs, AbortSignal.any([stop, interrupted.signal]));
      }
    } catch (error) {
      failures++;
      if (!stop.aborted) log.error({ err: error, worker: definition.name, failures }, 'worker failed');
      await sleep(backOff(failures, 200, 10_000), stop);
    }
  }
}
