import { createLogger } from '../telemetry/log.ts';

/** sysexits.h: EX_CONFIG. */
const misconfigured = 78;

/** Ends a process whose settings are wrong: one fault a line for whoever has just typed it, an event with all of them where nobody sits in front of it. */
export function refuseSettings(service: string, error: unknown): never {
  const text = error instanceof Error ? error.message : String(error);
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
  else createLogger(service, 'info').fatal({ faults: text.split('\n').map((line) => line.trim()) }, 'misconfigured');
  process.exit(misconfigured);
}

/** Ends a process that cannot start for any other reason. */
export function refuseToStart(service: string, error: unknown): never {
  createLogger(service, 'info').fatal({ err: error }, 'cannot start');
  process.exit(misconfigured);
}
