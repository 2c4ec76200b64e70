import { context, propagation } from '@opentelemetry/api';
import type { Sql, Transaction } from '../database/database.ts';
import { prepared } from '../database/prepared.ts';
import { killPoint } from '../process/killPoint.ts';
import { type Decision, type Saga, stepOf } from './saga.ts';

/** A saga's row while a transaction holds it. */
export interface SagaRow {
  type: string;
  id: string;
  step: string;
  step_number: number;
  // biome-ignore lint/suspicious/noExplicitAny: the data's shape is the saga definition's
  data: any;
  done: boolean;
  attempts: number;
  step_time: Date;
  due_time: Date;
  traceparent: string | null;
}

/** Who decides may drive the saga on itself, and so long nobody else does. */
export interface Lease {
  leaseMs: number;
}

const none: Lease = { leaseMs: 0 };

/**
 * Begins a saga in the transaction of whatever asks for it. Its id is the thing's it is about, such as the order's.
 * With a lease, the caller hands the row that it gets to `driveSaga` once the transaction has committed.
 */
export async function startSaga<Data>(
  tx: Transaction,
  saga: Saga<Data>,
  id: string,
  data: Data,
  lease: Lease = none,
): Promise<SagaRow> {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  const at = await follow(tx, saga, { step: saga.first, number: 1, data, end: 'entered' });
  const delayMs = delayOf(saga, at, lease);
  const { rows } = await prepared<SagaRow>(
    tx,
    `insert into sagas (type, id, step, step_number, data, done, traceparent, due_time)
     values ($1, $2, $3, $4, $5, $6, $7, now() + $8 * interval '1 millisecond') returning *`,
    [
      saga.type,
      id,
      at.step,
      at.number,
      JSON.stringify(at.data),
      at.end === 'done',
      carrier.traceparent ?? null,
      delayMs,
    ],
  );
  await wake(tx, at, delayMs);
  return rows[0] as SagaRow;
}

/**
 * Hands a saga something it may be waiting for. A saga that is over, or at a step that does not wait, ignores it: it has
 * been decided without.
 */
export async function signalSaga<Data, Signal>(
  tx: Transaction,
  saga: Saga<Data>,
  id: string,
  signal: Signal,
): Promise<void> {
  const row = await lockSaga(tx, saga.type, id);
  if (!row || row.done) return;
  const step = stepOf(saga, row.step);
  if (step.kind !== 'wait') return;
  await apply(tx, saga, row, await step.onSignal(tx, row.data, signal));
}

/** Whether there is such a saga, under way or over. Who asks and then begins one must hold what keeps others from doing the same. */
export async function isStarted(sql: Sql, type: string, id: string): Promise<boolean> {
  const { rowCount } = await prepared(sql, 'select from sagas where type = $1 and id = $2', [type, id]);
  return rowCount > 0;
}

export async function lockSaga(tx: Transaction, type: string, id: string): Promise<SagaRow | undefined> {
  const { rows } = await prepared<SagaRow>(tx, 'select * from sagas where type = $1 and id = $2 for update', [
    type,
    id,
  ]);
  return rows[0];
}

/** Writes a decision down and gives the saga as it is then. Local steps run on in the same transaction, so no one sees the state between. */
export async function apply<Data>(
  tx: Transaction,
  saga: Saga<Data>,
  row: SagaRow,
  decision: Decision<Data>,
  lease: Lease = none,
): Promise<SagaRow> {
  const key = [row.type, row.id];
  const from: Place<Data> = { step: row.step, number: row.step_number, data: row.data, end: 'entered' };
  const at = await follow(tx, saga, decided(from, decision));
  const data = JSON.stringify(at.data);
  if (at.end === 'stayed') {
    await prepared(tx, 'update sagas set data = $3, update_time = now() where type = $1 and id = $2', [...key, data]);
    return { ...row, data: at.data };
  }
  if (at.end === 'done') {
    await prepared(
      tx,
      `update sagas set data = $3, step = $4, done = true, last_error = null, update_time = now()
       where type = $1 and id = $2`,
      [...key, data, at.step],
    );
    return { ...row, data: at.data, step: at.step, done: true };
  }
  const delayMs = delayOf(saga, at, lease);
  const { rows } = await prepared<SagaRow>(
    tx,
    `update sagas set step = $3, step_number = $4, data = $5, attempts = 0, last_error = null, step_time = now(),
       due_time = now() + $6 * interval '1 millisecond', update_time = now()
     where type = $1 and id = $2 returning *`,
    [...key, at.step, at.number, data, delayMs],
  );
  await wake(tx, at, delayMs);
  return rows[0] as SagaRow;
}

/** Where a saga is: it has just entered a step, stays at it, or is over. */
interface Place<Data> {
  step: string;
  number: number;
  data: Data;
  end: 'entered' | 'stayed' | 'done';
}

function decided<Data>(from: Place<Data>, decision: Decision<Data>): Place<Data> {
  const { data } = decision;
  switch (decision.kind) {
    case 'stay':
      return { ...from, data, end: 'stayed' };
    case 'goto':
      return { step: decision.step, number: from.number + 1, data, end: 'entered' };
    case 'done':
      return { ...from, data, end: 'done' };
    default:
      return decision satisfies never;
  }
}

/** Runs local steps until the saga calls, waits or ends. Nothing of it is written yet. */
async function follow<Data>(tx: Transaction, saga: Saga<Data>, start: Place<Data>): Promise<Place<Data>> {
  let at = start;
  while (at.end === 'entered') {
    const step = stepOf(saga, at.step);
    if (step.kind !== 'local') return at;
    killPoint('saga.in-local-step');
    at = decided(at, await step.run(tx, at.data));
  }
  return at;
}

function delayOf<Data>(saga: Saga<Data>, at: Place<Data>, { leaseMs }: Lease): number {
  if (at.end === 'done') return 0;
  const step = stepOf(saga, at.step);
  return step.kind === 'wait' ? step.limitMs : leaseMs;
}

/** Wakes the driver of sagas, unless the saga does not want it yet. */
async function wake(tx: Transaction, { end }: Place<unknown>, delayMs: number): Promise<void> {
  if (end === 'entered' && delayMs === 0) await tx.query(`select pg_notify('sagas', '')`);
}
