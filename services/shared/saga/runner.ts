import { context, propagation, SpanKind } from '@opentelemetry/api';
import type { Database } from '../database/database.ts';
import { Alarm } from '../process/alarm.ts';
import type { Logger } from '../telemetry/log.ts';
import { tracer } from '../telemetry/tracing.ts';
import { type Worker, worker } from '../worker/worker.ts';
import { advance, type Drive } from './advance.ts';
import type { SagaRow } from './progress.ts';
import type { AnySaga } from './saga.ts';

/** How many sagas are given attention at a time. */
const most = 32;
const everyMs = 250;

/** Drives every saga that wants attention: makes the calls of call steps and lets waiting ones time out. */
export function sagaWorker(database: Database, sagas: AnySaga[], log: Logger): Worker {
  const known = new Map(sagas.map((saga) => [saga.type, saga]));
  return worker({
    name: 'sagas',
    everyMs,
    channel: 'sagas',
    async run(signal, alarm = new Alarm()) {
      const drive: Drive = { database, log, signal, attemptMs: 10_000, leaseMs: 0 };
      await driveDue(drive, known, alarm);
      return 'idle';
    },
  });
}

/**
 * Takes sagas as they fall due, while others are still under way: a call that hangs holds up nobody. Returns when nothing is
 * due and nothing under way.
 */
async function driveDue(drive: Drive, known: Map<string, AnySaga>, alarm: Alarm): Promise<void> {
  const underWay = new Map<string, Promise<void>>();
  let failure: unknown;
  for (;;) {
    alarm.reset();
    if (!drive.signal.aborted && failure === undefined) {
      for (const row of await due(drive.database, [...known.keys()], underWay)) {
        const saga = known.get(row.type);
        const name = `${row.type}:${row.id}`;
        if (!saga) continue;
        const attempt = inTrace(row, async () => {
          await advance(drive, saga, row);
        })
          .catch((error) => {
            failure = error;
          })
          .finally(() => {
            underWay.delete(name);
            alarm.ring();
          });
        underWay.set(name, attempt);
      }
    }
    if (underWay.size === 0) break;
    if (drive.signal.aborted || failure !== undefined) await Promise.all(underWay.values());
    else await alarm.wait(everyMs, drive.signal);
  }
  if (failure !== undefined) throw failure;
}

async function due(database: Database, types: string[], underWay: ReadonlyMap<string, unknown>): Promise<SagaRow[]> {
  const free = most - underWay.size;
  if (free <= 0) return [];
  const { rows } = await database.query<SagaRow>(
    `select * from sagas where not done and due_time <= now() and type = any($1) and type || ':' || id <> all($2)
     order by due_time limit $3`,
    [types, [...underWay.keys()], free],
  );
  return rows;
}

/** The saga's spans hang under the call or event that began it. */
function inTrace(row: SagaRow, run: () => Promise<void>): Promise<void> {
  const parent = propagation.extract(context.active(), {
    traceparent: row.traceparent ?? undefined,
  });
  const attributes = { 'jangbu.saga.type': row.type, 'jangbu.saga.step': row.step };
  const options = { kind: SpanKind.INTERNAL, attributes };
  return tracer().startActiveSpan(`saga ${row.type} ${row.step}`, options, parent, async (span) => {
    try {
      await run();
    } finally {
      span.end();
    }
  });
}
