import { Fault } from '#shared/errors/fault';

/** Refuses what comes after the last moment that its sender has named. */
export function requireInTime(notAfter: Date | undefined, now: Date): void {
  if (!notAfter || now <= notAfter) return;
  throw new Fault('COMMAND_EXPIRED', {
    message: `it was to happen until ${notAfter.toISOString()}`,
    metadata: { not_after: notAfter.toISOString() },
  });
}
