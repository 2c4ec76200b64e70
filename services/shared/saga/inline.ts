import type { Database } from '../database/database.ts';
import type { Logger } from '../telemetry/log.ts';
import { advance, type Drive } from './advance.ts';
import { announceEnd, driven } from './ends.ts';
import type { Lease, SagaRow } from './progress.ts';
import { type Saga, stepOf } from './saga.ts';

const attemptMs = 3_000;

/** Covers an attempt and the transaction behind it. A process that dies leaves its saga to the worker so much later. */
export const inlineLease: Lease = { leaseMs: 5_000 };

/**
 * Drives a saga on in the process that began it with `inlineLease`, after that transaction's commit: nobody has to notice it
 * first. Ends where the saga ends, waits or fails an attempt; whatever is left is the worker's. Never throws.
 */
export async function driveSaga<Data>(
  database: Database,
  saga: Saga<Data>,
  begun: SagaRow,
  log: Logger,
): Promise<void> {
  if (begun.done) return announceEnd(begun);
  const name = `${begun.type}:${begun.id}`;
  const drive: Drive = { database, log, attemptMs, ...inlineLease, signal: new AbortController().signal };
  driven.add(name);
  try {
    let at: SagaRow | undefined = begun;
    while (at && !at.done && stepOf(saga, at.step).kind === 'call')
      at = await advance(drive, saga as Saga<unknown>, at);
  } catch (err) {
    log.warn({ err, saga: begun.type, id: begun.id }, 'saga left to the worker');
  } finally {
    driven.delete(name);
  }
}
