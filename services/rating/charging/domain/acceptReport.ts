import { Fault } from '#shared/errors/fault';
import { expiryCommand } from './command.ts';
import type { Session } from './session.ts';

/** Refuses a report, not seen before, that the session does not take as its next one. */
export function acceptReport(session: Session, sequence: bigint, now: Date): void {
  const { id, state, command, expireTime } = session;
  if (state === 'STOPPED' || state === 'EXPIRED') throw ended(id, state);
  // Its time counts also where the worker has not come by yet; a report that came in time may still be under way.
  if ((!command && expireTime <= now) || command === expiryCommand(id)) throw ended(id, 'EXPIRED');
  const expected = session.sequence + 1n;
  if (command || sequence !== expected) {
    throw new Fault('SESSION_SEQUENCE_INVALID', {
      message: command
        ? `report ${expected} of session ${id} is under way with other content`
        : `the next report of session ${id} is number ${expected}, not ${sequence}`,
      metadata: { expected: String(expected) },
    });
  }
}

function ended(id: string, state: 'STOPPED' | 'EXPIRED'): Fault {
  return new Fault('SESSION_ENDED', { message: `session ${id} is ${state}`, metadata: { state } });
}
