import { context, propagation } from '@opentelemetry/api';
import type { Transaction } from '../database/database.ts';
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

/** Begins a saga in the transaction of whatever asks for it. Its id is the thing's it is about, such as the order's. */
export async function startSaga<Data>(tx: Transaction, saga: Saga<Data>, id: string, data: Data): Promise<void> {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  await tx.query('insert into sagas (type, id, step, data, traceparent) values ($1, $2, $3, $4, $5)', [
    saga.type,
    id,
    saga.first,
    JSON.stringify(data),
    carrier.traceparent ?? null,
  ]);
  const row = await lockSaga(tx, saga.type, id);
  if (row) await enter(tx, saga, row, saga.first, data);
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

export async function lockSaga(tx: Transaction, type: string, id: string): Promise<SagaRow | undefined> {
  const { rows } = await tx.query<SagaRow>('select * from sagas where type = $1 and id = $2 for update', [type, id]);
  return rows[0];
}

/** Writes a decision down. Local steps run on in the same transaction, so no one sees the state between. */
export async function apply<Data>(
  tx: Transaction,
  saga: Saga<Data>,
  row: SagaRow,
  decision: Decision<Data>,
): Promise<void> {
  switch (decision.kind) {
    case 'stay':
      await tx.query('update sagas set data = $3, update_time = now() where type = $1 and id = $2', [
        row.type,
        row.id,
        JSON.stringify(decision.data),
      ]);
      return;
    case 'goto':
      await enter(tx, saga, { ...row, step_number: row.step_number + 1 }, decision.step, decision.data);
      return;
    case 'done':
      await tx.query(
        `update sagas set data = $3, step = $4, done = true, last_error = null, update_time = now()
         where type = $1 and id = $2`,
        [row.type, row.id, JSON.stringify(decision.data), row.step],
      );
      return;
    default:
      decision satisfies never;
  }
}

async function enter<Data>(tx: Transaction, saga: Saga<Data>, row: SagaRow, name: string, data: Data): Promise<void> {
  const step = stepOf(saga, name);
  if (step.kind === 'local') {
    killPoint('saga.in-local-step');
    await apply(tx, saga, { ...row, step: name, data }, await step.run(tx, data));
    return;
  }
  const delayMs = step.kind === 'wait' ? step.limitMs : 0;
  await tx.query(
    `update sagas set step = $3, step_number = $4, data = $5, attempts = 0, last_error = null, step_time = now(),
       due_time = now() + $6 * interval '1 millisecond', update_time = now()
     where type = $1 and id = $2`,
    [row.type, row.id, name, row.step_number, JSON.stringify(data), delayMs],
  );
  if (delayMs === 0) await tx.query(`select pg_notify('sagas', '')`);
}
