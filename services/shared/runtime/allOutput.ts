import { format } from 'node:util';
import { withoutPersonalData } from '../telemetry/errorFields.ts';
import type { Logger } from '../telemetry/log.ts';

const levels = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error' } as const;

/**
 * What libraries say on the console, and Node's own warnings, as events of the log: a line that is none would be lost for whoever searches by
 * fields. `log` is asked each time, because a process has another one before it has read its settings.
 */
export function logAllOutput(log: () => Logger): void {
  for (const [method, level] of Object.entries(levels)) {
    console[method as keyof typeof levels] = (...parts: unknown[]) =>
      log()[level]({ text: withoutPersonalData(format(...parts)) }, 'said on the console');
  }
  // Node's own listener would write it to stderr besides.
  process.removeAllListeners('warning');
  process.on('warning', (warning) => log().warn({ err: warning }, 'warning of the runtime'));
}
