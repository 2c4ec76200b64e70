import { describe, expect, test } from 'vitest';
import { AdvisoryLocks } from '#shared/process/advisoryLocks';
import { signalSaga, startSaga } from '#shared/saga/progress';
import { sagaWorker } from '#shared/saga/runner';
import { runWorker } from '#shared/worker/worker';
import { testNatsUrl } from '#test/harness/database';
import { Child, until } from './child.ts';
import { log, Stage } from './stage.ts';
import { type Trip, type TripLimits, tripSaga, tripTables } from './trip.ts';

async function stageOf(name: string): Promise<Stage> {
  const stage = await Stage.open(name, testNatsUrl());
  await stage.database.query(tripTables);
  return stage;
}

const child = (stage: Stage, environment: Record<string, string> = {}) =>
  new Child('saga.child.ts', { DATABASE_URL: stage.url, ...environment });

/** Drives sagas in this process. */
function drive(stage: Stage, limits: TripLimits = {}): void {
  const driver = sagaWorker(stage.database, [tripSaga(stage.database, limits)], log);
  stage.run(async (signal) => {
    await using locks = new AdvisoryLocks(stage.database);
    await runWorker(driver, locks, log, signal);
  });
}

async function start(stage: Stage, ids: string[], trip: Partial<Trip> = {}): Promise<void> {
  const saga = tripSaga(stage.database);
  await stage.database.transaction(async (tx) => {
    for (const id of ids) await startSaga(tx, saga, id, { ...trip, id });
  });
}

async function signal(stage: Stage, id: string, confirmed: boolean): Promise<void> {
  const saga = tripSaga(stage.database);
  await stage.database.transaction((tx) => signalSaga(tx, saga, id, confirmed));
}

async function untilAt(stage: Stage, step: string, number: number): Promise<void> {
  await until(async () => {
    const { rows } = await stage.database.query('select count(*)::int as n from sagas where step = $1', [step]);
    return rows[0].n === number;
  }, `${number} sagas are at ${step}`);
}

async function untilDone(stage: Stage): Promise<void> {
  await until(async () => {
    const { rows } = await stage.database.query('select count(*)::int as open from sagas where not done');
    return rows[0].open === 0;
  }, 'all sagas are done');
}

/** How each saga ended and what it left at the other side: kinds of effects that remain after removing repeats by key. */
async function outcomes(stage: Stage): Promise<Record<string, string>> {
  const { rows } = await stage.database.query<{ id: string; ends: string; effects: string }>(
    `select id, (select string_agg(n::text, ',' order by position) from applied where applied.id = sagas.id) as ends,
       (select string_agg(kind, ',' order by kind) from effects where effects.id = sagas.id) as effects from sagas`,
  );
  return Object.fromEntries(rows.map(({ id, ends, effects }) => [id, `${ends} after ${effects}`]));
}

const ids = (number: number) => Array.from({ length: number }, (_, index) => `trip-${index}`);
const all = (number: number, outcome: string) => Object.fromEntries(ids(number).map((id) => [id, outcome]));

describe('saga: killed at each step, every effect happens once and every saga ends once', () => {
  test.each([
    'saga.before-call@1',
    'saga.before-call@5',
    'saga.after-call@1',
    'saga.after-call@7',
    'saga.after-commit@1',
    'saga.after-commit@6',
  ])('%s, then confirmed', async (JANGBU_KILL_AT) => {
    await using stage = await stageOf('saga_kill');
    await start(stage, ids(20));
    {
      await using killed = child(stage, { JANGBU_KILL_AT });
      await killed.untilKilled();
    }
    await using _restarted = child(stage);
    await untilAt(stage, 'confirm', 20);
    for (const id of ids(20)) await signal(stage, id, true);
    await untilDone(stage);
    expect(await outcomes(stage)).toEqual(all(20, '1 after book'));
  });

  test.each([
    'saga.before-call@25',
    'saga.after-call@25',
    'saga.in-local-step@1',
    'saga.in-local-step@9',
    'saga.after-commit@30',
  ])('%s, while the silence of the others is compensated', async (JANGBU_KILL_AT) => {
    await using stage = await stageOf('saga_kill_undo');
    await start(stage, ids(20));
    {
      await using killed = child(stage, { JANGBU_KILL_AT, CONFIRM_MS: '300' });
      await killed.untilKilled();
    }
    await using _restarted = child(stage, { CONFIRM_MS: '300' });
    await untilDone(stage);
    expect(await outcomes(stage)).toEqual(all(20, '-1 after book,undo'));
  });
});

test('saga: a refusal ends a step at once, an absence only after its time limit', async () => {
  await using stage = await stageOf('saga_faults');
  drive(stage, { bookMs: 800 });
  await start(stage, ['refused'], { booking: 'refused' });
  await start(stage, ['away'], { booking: 'away' });
  await untilDone(stage);
  const { rows } = await stage.database.query(
    `select faults.id, reason, update_time - create_time > interval '800 ms' as late
     from faults join sagas using (id) order by faults.id`,
  );
  expect(rows).toEqual([
    { id: 'away', reason: 'SAGA_TIMED_OUT', late: true },
    { id: 'refused', reason: 'LINE_STATE_FORBIDS', late: false },
  ]);
});

test('saga: an absence that ends in time is only a delay', async () => {
  await using stage = await stageOf('saga_delay');
  drive(stage);
  await start(stage, ['trip-0'], { booking: 'away' });
  await until(
    async () => (await stage.database.query('select from sagas where attempts >= 2')).rowCount === 1,
    'tried',
  );
  await stage.database.query(`update sagas set data = data - 'booking'`);
  await untilAt(stage, 'confirm', 1);
  await signal(stage, 'trip-0', true);
  expect(await outcomes(stage)).toEqual(all(1, '1 after book'));
});

test('saga: a word and the time limit at the same moment: one of them decides', async () => {
  await using stage = await stageOf('saga_race');
  drive(stage, { confirmMs: 500 });
  await start(stage, ids(60));
  await untilAt(stage, 'confirm', 60);
  await new Promise((resolve) => setTimeout(resolve, 350));
  for (const id of ids(60)) await signal(stage, id, true);
  await untilDone(stage);
  const kinds = new Set(Object.values(await outcomes(stage)));
  for (const kind of kinds) expect(['1 after book', '-1 after book,undo']).toContain(kind);
});

test('saga: two words at once: the second finds it decided', async () => {
  await using stage = await stageOf('saga_words');
  drive(stage);
  await start(stage, ids(10));
  await untilAt(stage, 'confirm', 10);
  await Promise.all(ids(10).flatMap((id) => [signal(stage, id, true), signal(stage, id, false)]));
  await untilDone(stage);
  for (const outcome of Object.values(await outcomes(stage))) {
    expect(['1 after book', '-1 after book,undo']).toContain(outcome);
  }
});

test('saga: drivers that overlap, because one lost its lock unawares, decide once', async () => {
  await using stage = await stageOf('saga_overlap');
  await start(stage, ids(20));
  const saga = tripSaga(stage.database, { confirmMs: 0 });
  const { signal: running } = new AbortController();
  const drivers = [1, 2, 3].map(() => sagaWorker(stage.database, [tripSaga(stage.database)], log));
  await Promise.all(drivers.map((driver) => driver.run(running)));
  await untilAt(stage, 'confirm', 20);
  await stage.database.query('update sagas set due_time = now()');
  const impatient = [1, 2, 3].map(() => sagaWorker(stage.database, [saga], log));
  for (let round = 0; round < 3; round++) await Promise.all(impatient.map((driver) => driver.run(running)));
  expect(await outcomes(stage)).toEqual(all(20, '-1 after book,undo'));
  const { rows } = await stage.database.query('select distinct step_number from sagas');
  expect(rows).toEqual([{ step_number: 3 }]);
});
