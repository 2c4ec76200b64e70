import { context, propagation, SpanKind } from '@opentelemetry/api';
import type { Database } from '../database/database.ts';
import { faultOf, isTransient } from '../errors/classify.ts';
import { Fault } from '../errors/fault.ts';
import { backOff } from '../process/background.ts';
import { killPoint } from '../process/killPoint.ts';
import type { Logger } from '../telemetry/log.ts';
import { tracer } from '../telemetry/tracing.ts';
import { type Worker, worker } from '../worker/worker.ts';
import { apply, lockSaga, type SagaRow } from './progress.ts';
import { type AnySaga, type CallStep, type Decision, type Saga, stepOf } from './saga.ts';

const batch = 32;

/** Drives every saga that wants attention: makes the calls of call steps and lets waiting ones time out. */
export function sagaWorker(database: Database, sagas: AnySaga[], log: Logger): Worker {
  const known = new Map(sagas.map((saga) => [saga.type, saga]));
  return worker({
    name: 'sagas',
    everyMs: 250,
    channel: 'sagas',
    async run(signal) {
      const { rows } = await database.query<SagaRow>(
        'select * from sagas where not done and due_time <= now() and type = any($1) order by due_time limit $2',
        [[...known.keys()], batch],
      );
      await Promise.all(
        rows.map(async (row) => {
          const saga = known.get(row.type);
          if (saga) await inTrace(row, () => advance(database, saga, row, log, signal));
        }),
      );
      return rows.length === batch ? 'more' : 'idle';
    },
  });
}

/** The saga's spans hang under the call or event that began it. */
function inTrace(row: SagaRow, run: () => Promise<void>): Promise<void> {
  const parent = propagation.extract(context.active(), {
    traceparent: row.traceparent ?? undefined,
  });
  return tracer().startActiveSpan(`saga ${row.type} ${row.step}`, { kind: SpanKind.INTERNAL }, parent, async (span) => {
    try {
      await run();
    } finally {
      span.end();
    }
  });
}

async function advance(database: Database, saga: Saga<unknown>, row: SagaRow, log: Logger, signal: AbortSignal) {
  const step = stepOf(saga, row.step);
  try {
    if (step.kind === 'wait') {
      await decide(database, saga, row, (tx, data) => step.onTimeout(tx, data));
    } else if (step.kind === 'call') {
      await advanceCall(database, saga, row, step, signal);
    }
  } catch (error) {
    if (signal.aborted) return;
    log.warn(
      {
        err: error,
        saga: row.type,
        id: row.id,
        step: row.step,
        attempts: row.attempts + 1,
      },
      'saga step failed',
    );
    await postpone(database, row, faultOf(error));
  }
}

async function advanceCall(
  database: Database,
  saga: Saga<unknown>,
  row: SagaRow,
  step: CallStep<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const remaining = row.step_time.getTime() + step.limitMs - Date.now();
  if (remaining <= 0) {
    const late = new Fault('SAGA_TIMED_OUT', {
      message: `${row.step} was not answered in time`,
    });
    return decide(database, saga, row, (tx, data) => step.onFault(tx, data, late));
  }
  const key = `${row.type}:${row.id}:${row.step_number}`;
  let result: unknown;
  try {
    killPoint('saga.before-call');
    result = await step.run(row.data, {
      key,
      signal,
      deadlineMs: Math.min(remaining, 10_000),
    });
    killPoint('saga.after-call');
  } catch (error) {
    const fault = faultOf(error);
    // An unforeseen failure may have happened before or after the effect, so it is repeated like a transient one.
    if (isTransient(fault) || fault.reason === 'INTERNAL') throw fault;
    return decide(database, saga, row, (tx, data) => step.onFault(tx, data, fault));
  }
  await decide(database, saga, row, (tx, data) => step.onResult(tx, data, result));
  killPoint('saga.after-commit');
}

/** Decides under the row's lock, and only if the saga is still where it was when the decision was prepared. */
async function decide(
  database: Database,
  saga: Saga<unknown>,
  seen: SagaRow,
  decision: (tx: Parameters<Parameters<Database['transaction']>[0]>[0], data: unknown) => Promise<Decision<unknown>>,
): Promise<void> {
  await database.transaction(async (tx) => {
    const row = await lockSaga(tx, seen.type, seen.id);
    if (!row || row.done || row.step_number !== seen.step_number) return;
    await apply(tx, saga, row, await decision(tx, row.data));
  });
}

async function postpone(database: Database, row: SagaRow, fault: Fault): Promise<void> {
  await database.query(
    `update sagas set attempts = attempts + 1, last_error = $4, due_time = now() + $5 * interval '1 millisecond'
     where type = $1 and id = $2 and step_number = $3 and not done`,
    [row.type, row.id, row.step_number, `${fault.reason}: ${fault.message}`, backOff(row.attempts + 1, 100, 5_000)],
  );
}
