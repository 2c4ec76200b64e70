import type { Database, Transaction } from '../database/database.ts';
import { faultOf, isTransient } from '../errors/classify.ts';
import { Fault } from '../errors/fault.ts';
import { backOff } from '../process/background.ts';
import { killPoint } from '../process/killPoint.ts';
import type { Logger } from '../telemetry/log.ts';
import { announceEnd } from './ends.ts';
import { apply, type Lease, lockSaga, type SagaRow } from './progress.ts';
import { type CallStep, type Decision, type Saga, stepOf } from './saga.ts';

/** How a driver of sagas drives. */
export interface Drive extends Lease {
  database: Database;
  log: Logger;
  signal: AbortSignal;
  /** Most time a single attempt at a call may take, in milliseconds. */
  attemptMs: number;
}

/**
 * Gives a saga what its step wants: makes its call, or lets it time out. Answers with the saga as it is then; with nothing if
 * the attempt failed and waits for another, or somebody else has decided meanwhile.
 */
export async function advance(drive: Drive, saga: Saga<unknown>, row: SagaRow): Promise<SagaRow | undefined> {
  const step = stepOf(saga, row.step);
  try {
    if (step.kind === 'wait') return await decide(drive, saga, row, (tx, data) => step.onTimeout(tx, data));
    if (step.kind === 'call') return await advanceCall(drive, saga, row, step);
    return undefined;
  } catch (error) {
    if (drive.signal.aborted) return undefined;
    const { type, id, attempts } = row;
    drive.log.warn({ err: error, saga: type, id, step: row.step, attempts: attempts + 1 }, 'saga step failed');
    await postpone(drive.database, row, faultOf(error));
    return undefined;
  }
}

async function advanceCall(
  drive: Drive,
  saga: Saga<unknown>,
  row: SagaRow,
  step: CallStep<unknown>,
): Promise<SagaRow | undefined> {
  const remaining = row.step_time.getTime() + step.limitMs - Date.now();
  if (remaining <= 0) {
    const late = new Fault('SAGA_TIMED_OUT', { message: `${row.step} was not answered in time` });
    return decide(drive, saga, row, (tx, data) => step.onFault(tx, data, late));
  }
  const key = `${row.type}:${row.id}:${row.step_number}`;
  const deadlineMs = Math.min(remaining, drive.attemptMs);
  let result: unknown;
  try {
    killPoint('saga.before-call');
    result = await step.run(row.data, { key, signal: drive.signal, deadlineMs });
    killPoint('saga.after-call');
  } catch (error) {
    const fault = faultOf(error);
    // An unforeseen failure may have happened before or after the effect, so it is repeated like a transient one.
    const decides = step.decides?.(fault) ?? !(isTransient(fault) || fault.reason === 'INTERNAL');
    if (!decides) throw fault;
    return decide(drive, saga, row, (tx, data) => step.onFault(tx, data, fault));
  }
  const advanced = await decide(drive, saga, row, (tx, data) => step.onResult(tx, data, result));
  killPoint('saga.after-commit');
  return advanced;
}

/** Decides under the row's lock, and only if the saga is still where it was when the decision was prepared. */
async function decide(
  { database, leaseMs }: Drive,
  saga: Saga<unknown>,
  seen: SagaRow,
  decision: (tx: Transaction, data: unknown) => Promise<Decision<unknown>>,
): Promise<SagaRow | undefined> {
  const decided = await database.transaction(async (tx) => {
    const row = await lockSaga(tx, seen.type, seen.id);
    if (!row || row.done || row.step_number !== seen.step_number) return undefined;
    return apply(tx, saga, row, await decision(tx, row.data), { leaseMs });
  });
  if (decided?.done) announceEnd(decided);
  return decided;
}

async function postpone(database: Database, row: SagaRow, fault: Fault): Promise<void> {
  await database.query(
    `update sagas set attempts = attempts + 1, last_error = $4, due_time = now() + $5 * interval '1 millisecond'
     where type = $1 and id = $2 and step_number = $3 and not done`,
    [row.type, row.id, row.step_number, `${fault.reason}: ${fault.message}`, backOff(row.attempts + 1, 100, 5_000)],
  );
}
