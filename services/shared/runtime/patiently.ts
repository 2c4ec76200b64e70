import { backOff, sleep } from '../process/background.ts';
import type { Logger } from '../telemetry/log.ts';

/** Not there, or not there yet: by name, by address, or still starting (57P03). */
const away =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|57P03|TIMEOUT|CONNECTION_REFUSED|refused/i;
/** A server that is new: its database or the role is made, or its password set, after it is up. */
const unfinished = /^(3D000|28P01|28000)$/;

export interface Patience {
  attempts: number;
  /** Whether a server that does not know the database or the role yet is waited for, too. */
  forNew?: boolean;
}

/** Tries until it works: at a cold start of the whole mesh everything comes up at once, in no order. */
export async function patiently<T>(
  log: Logger,
  what: string,
  attempt: () => Promise<T>,
  patience: Patience = { attempts: 30 },
): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (count >= patience.attempts || !isAway(error, patience)) throw error;
      log.info({ what, count }, 'waiting for a dependency');
      await sleep(backOff(count, 100, 2_000));
    }
  }
}

/** Whether it may be there later. */
function isAway(error: unknown, { forNew = false }: Patience): boolean {
  const code = String((error as { code?: unknown } | undefined)?.code ?? '');
  return away.test(`${code} ${error}`) || (forNew && unfinished.test(code));
}
